import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { taskWorkflowId } from '../../contracts/names.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

type History = Awaited<ReturnType<TestJob['handle']['fetchHistory']>>;

const eventsOf = async (job: TestJob): Promise<NonNullable<History['events']>> =>
  (await job.handle.fetchHistory()).events ?? [];

const failedTasks = (events: NonNullable<History['events']>) =>
  events.filter(
    (event) => event.workflowTaskFailedEventAttributes || event.workflowTaskTimedOutEventAttributes,
  );

/** Does not end by itself, and says nothing: it is killed after its three seconds of grace. */
const STUBBORN = "trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done";

describe('a time that is past while the last tasks are stopping', () => {
  test('a gate that expires does not keep the worker busy', async () => {
    const plan = planOf([
      { task_id: 'long', command: STUBBORN },
      { task_id: 'gated', approval: 'required', approval_expires_seconds: 2 },
    ]);
    const job = await startJob(worker, { plan });
    await job.taskReaches('gated', 'awaiting_approval');
    await job.taskReaches('long', 'running');
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    const events = await eventsOf(job);
    expect(failedTasks(events)).toEqual([]);
    expect(events.filter(({ workflowTaskCompletedEventAttributes: done }) => done).length).toBeLessThan(25);
  });
});

describe('a task whose workflow cannot be started', () => {
  /** Takes the id of a task's workflow, where nobody works. */
  const occupy = (job: TestJob, taskId: string) =>
    worker.client.workflow.start('nothing', {
      workflowId: taskWorkflowId(job.job_id, taskId),
      taskQueue: 'nobody',
    });

  test('is tried again later and later, and starts when it can', async () => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'a', approval: 'required' }]) });
    await job.taskReaches('a', 'awaiting_approval');
    const other = await occupy(job, 'a');
    await job.update('approve_task', { task_id: 'a' });
    const pauses = async () =>
      (await eventsOf(job)).flatMap(({ timerStartedEventAttributes: timer }) => {
        const { seconds = 0, nanos = 0 } = timer?.startToFireTimeout ?? {};
        return timer ? [Number(seconds) * 1000 + Number(nanos) / 1e6] : [];
      });
    const wanted = [200, 400, 800, 1600];
    await until(async () => {
      const all = await pauses();
      return wanted.every((ms) => all.includes(ms));
    });
    await other.terminate('a test');
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });

  test('does not keep its job from being cancelled', async () => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'a', approval: 'required' }]) });
    await job.taskReaches('a', 'awaiting_approval');
    const other = await occupy(job, 'a');
    await job.update('approve_task', { task_id: 'a' });
    await job.taskReaches('a', 'running');
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    await other.terminate('a test');
  });
});
