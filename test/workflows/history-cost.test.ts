import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { taskWorkflowId } from '../../contracts/names.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

/** An event of a history by its kind, with its size. */
interface Entry {
  kind: string;
  bytes: number;
  /** of an activity that is asked for */
  activity: string | undefined;
  /** of the workflow of a task that is asked for, or has ended */
  child: string | undefined;
}

async function historyOf(workflowId: string): Promise<Entry[]> {
  const { events } = await worker.client.workflow.getHandle(workflowId).fetchHistory();
  return events!.map((event) => ({
    kind: Object.keys(event)
      .find((key) => key.endsWith('EventAttributes'))!
      .replace('EventAttributes', ''),
    bytes: temporal.api.history.v1.HistoryEvent.encode(event).finish().length,
    activity: event.activityTaskScheduledEventAttributes?.activityType?.name ?? undefined,
    child:
      event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ??
      event.childWorkflowExecutionStartedEventAttributes?.workflowExecution?.workflowId ??
      event.childWorkflowExecutionCompletedEventAttributes?.workflowExecution?.workflowId ??
      undefined,
  }));
}

const sum = (entries: readonly Entry[]): number => entries.reduce((total, { bytes }) => total + bytes, 0);

const TASKS = 12;
const WORKFLOW_TASK = ['workflowTaskScheduled', 'workflowTaskStarted', 'workflowTaskCompleted'];
/** What bare Temporal takes for a workflow with one activity. */
const BARE = [
  ...['workflowExecutionStarted', ...WORKFLOW_TASK],
  ...['activityTaskScheduled', 'activityTaskStarted', 'activityTaskCompleted', ...WORKFLOW_TASK],
  'workflowExecutionCompleted',
];
/** What it takes for that in the parent: a child asked for, started and completed, and two workflow tasks. */
const BARE_IN_PARENT = 9;
/** Events of a job of commands besides its tasks and the writing of its journal. */
const OF_JOB = 44;
/**
 * Of one writing of the journal: a timer started and taken back, an activity, a workflow task, the memo for lists. Where
 * the timer fires, which is where nothing else happens, it brings another workflow task.
 */
const OF_WRITING = 9;

/** As many work at once: the end of the last ones starts nothing, and leaves a mark where nothing else is to be done. */
const LAST_ONES = 5;

const ids = Array.from({ length: TASKS }, (_, index) => `t${String(index + 1).padStart(2, '0')}`);

describe.each([
  { shape: 'chain', depends_on: (index: number) => ids.slice(Math.max(0, index - 1), index) },
  { shape: 'fan-out', depends_on: () => [] },
])('a task in a $shape', ({ depends_on }) => {
  let job: Entry[];
  let tasks: Entry[][];
  let prefix: string;
  beforeAll(async () => {
    const plan = planOf(
      ids.map((task_id, index) => ({ task_id, command: ['true'], depends_on: depends_on(index) })),
    );
    const started = await startJob(worker, { plan });
    expect(await started.result()).toMatchObject({ status: 'completed' });
    prefix = taskWorkflowId(started.job_id, '');
    job = await historyOf(started.handle.workflowId);
    tasks = await Promise.all(ids.map((id) => historyOf(`${prefix}${id}`)));
  });

  test('has the events of bare Temporal in its own history, and no more', () => {
    for (const task of tasks) expect(task.map(({ kind }) => kind)).toEqual(BARE);
  });

  test("adds those of bare Temporal to its job's history, and no more", () => {
    const count = (kind: string) => job.filter((entry) => entry.kind === kind).length;
    const writings = job.filter(({ activity }) => activity === 'flushEvents').length;
    const ofJournal = writings * OF_WRITING + count('timerFired') * WORKFLOW_TASK.length;
    expect(count('childWorkflowExecutionCompleted')).toBe(TASKS);
    expect(count('workflowPropertiesModified')).toBeLessThanOrEqual(writings + LAST_ONES + 4);
    expect(job.length - ofJournal).toBeLessThanOrEqual(TASKS * BARE_IN_PARENT + OF_JOB);
  });

  test('takes about 4 KB of history, the journal included', () => {
    for (const [index, id] of ids.entries()) {
      const inJob = sum(job.filter(({ child }) => child === `${prefix}${id}`));
      expect(sum(tasks[index]!)).toBeLessThan(2200);
      expect(inJob).toBeLessThan(1120);
    }
    const ofWorkflowTasks = job.filter(({ kind }) => WORKFLOW_TASK.includes(kind));
    expect(sum(ofWorkflowTasks) / ofWorkflowTasks.length).toBeLessThan(80);
    const written = job.filter(({ activity }) => activity === 'flushEvents');
    // the rest of a batch is what every activity takes, and the job in numbers
    expect((sum(written) - written.length * 380) / TASKS).toBeLessThan(560);
  });
});
