import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobWorkflowId, taskWorkflowId } from '../../../contracts/names.ts';
import { planOf, startJob, type TestJob } from '../../setup/jobs.ts';
import { type Place, reset } from '../../setup/reset.ts';
import { until } from '../../setup/until.ts';
import type { Stage } from '../stage.ts';
import { type Kinds, said } from './kind.ts';

const waitFor = 'while [ ! -f go ]; do sleep 0.05; done; echo went on';

/** The end of the latest run: a reset makes a new one. */
async function ended(stage: Stage, job: TestJob): Promise<string[]> {
  const { status } = (await stage.client.workflow.getHandle(job.handle.workflowId).result()) as {
    status: string;
  };
  if (status === 'completed') return [jobWorkflowId(job.job_id)];
  throw new Error(`${job.job_id} ended ${status}`);
}

async function resetRunning(stage: Stage, place: Place): Promise<string[]> {
  const plan = planOf([
    { task_id: 'done' },
    { task_id: 'long', command: waitFor, depends_on: ['done'] },
    { task_id: 'gated', approval: 'required' },
  ]);
  const job = await startJob(stage, { plan });
  await job.taskReaches('long', 'running');
  await job.update('approve_task', { task_id: 'gated' });
  await job.taskReaches('gated', 'completed');
  await reset(stage, job.handle.workflowId, place);
  await said(job, 'task.retrying');
  await writeFile(join(stage.deps.work_dir, job.job_id, 'go'), '');
  return ended(stage, job);
}

/** Workflows that an operator resets in Temporal. */
export const resetKinds: Kinds = {
  'reset-first': (stage) => resetRunning(stage, 'first'),
  'reset-last': (stage) => resetRunning(stage, 'last'),

  async 'reset-closed'(stage) {
    const job = await startJob(stage, { plan: planOf([{ task_id: 'a' }]) });
    await job.result();
    await reset(stage, job.handle.workflowId, 'middle');
    return ended(stage, job);
  },

  async 'reset-task'(stage) {
    const job = await startJob(stage, { plan: planOf([{ task_id: 'a', command: waitFor }]) });
    await job.taskReaches('a', 'running');
    const isReset = () => reset(stage, taskWorkflowId(job.job_id, 'a'), 'last').then(() => true);
    await until(isReset, { what: 'the task to be reset' });
    await job.taskReaches('a', 'failed');
    await writeFile(join(stage.deps.work_dir, job.job_id, 'go'), '');
    await until(async () => {
      await job.update('retry_task', { task_id: 'a' });
      return true;
    });
    return ended(stage, job);
  },
};
