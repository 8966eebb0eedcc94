import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { taskWorkflowId, WORKFLOW } from '../../../contracts/names.ts';
import { planOf, startJob, type TestJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import { endedAs, type Kinds } from './kind.ts';

/** So low that a short job continues as new several times. */
const often = { continue_after_events: 40, adopted_check_seconds: 1 };

const runId = async (job: TestJob) => (await job.handle.describe()).runId;
const untilContinued = (job: TestJob, from: string) =>
  until(async () => (await runId(job)) !== from, { what: 'continue-as-new' });
const chain = (length: number) =>
  Array.from({ length }, (_, index) => ({
    task_id: `c${index}`,
    depends_on: index === 0 ? [] : [`c${index - 1}`],
  }));

/** Jobs that continue as new while their tasks run. */
export const longKinds: Kinds = {
  async 'continue-as-new'(stage) {
    const wait = 'while [ ! -f go ]; do sleep 0.05; done; echo went on';
    const plan = planOf([
      { task_id: 'long', command: wait },
      { task_id: 'gated', approval: 'required' },
      ...chain(6),
    ]);
    const job = await startJob(stage, { plan }, often);
    await job.taskReaches('c5', 'completed');
    await job.update('approve_task', { task_id: 'gated' });
    await job.taskReaches('gated', 'completed');
    await writeFile(join(stage.deps.work_dir, job.job_id, 'go'), '');
    return endedAs(job, 'completed');
  },

  async 'started-late'(stage) {
    const job = await startJob(stage, { approval: 'required', plan: planOf([{ task_id: 'a' }]) });
    await job.reach('awaiting_approval');
    const stranger = await stage.client.workflow.start(WORKFLOW.sweep, {
      workflowId: taskWorkflowId(job.job_id, 'a'),
      taskQueue: 'nobody',
    });
    await job.update('approve');
    const isTried = async () => {
      const { events } = await job.handle.fetchHistory();
      return events!.filter((event) => event.startChildWorkflowExecutionFailedEventAttributes).length >= 2;
    };
    await until(isTried, { what: 'the task to be tried' });
    await stranger.terminate('recorded');
    return endedAs(job, 'completed');
  },

  async 'adopted-child-cancelled'(stage) {
    const plan = planOf([{ task_id: 'long', command: 'sleep 300' }, ...chain(4)]);
    const job = await startJob(stage, { plan }, often);
    const first = await runId(job);
    await job.taskReaches('c3', 'completed');
    await untilContinued(job, first);
    await job.update('cancel');
    return endedAs(job, 'cancelled');
  },

  async 'adopted-child-lost'(stage) {
    const plan = planOf([{ task_id: 'long', command: 'sleep 300' }, ...chain(4)]);
    const job = await startJob(stage, { plan, on_task_failure: 'fail' }, often);
    const first = await runId(job);
    await job.taskReaches('c3', 'completed');
    await untilContinued(job, first);
    await stage.client.workflow.getHandle(taskWorkflowId(job.job_id, 'long')).terminate('recorded');
    return endedAs(job, 'failed');
  },
};
