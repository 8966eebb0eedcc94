import {
  deleteWorkflowId,
  jobWorkflowId,
  MAIN_QUEUE,
  taskWorkflowId,
  WORKFLOW,
} from '../../../contracts/names.ts';
import { planOf, startJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import { type Kinds, said } from './kind.ts';

/** What the service does around jobs: deleting them, and sweeping up after crashes. */
export const serviceKinds: Kinds = {
  async delete(stage) {
    const job = await startJob(stage, { plan: planOf([{ task_id: 'long', command: 'sleep 300' }]) });
    await job.taskReaches('long', 'running');
    await stage.store.putTombstone(job.job_id, 'local');
    const handle = await stage.client.workflow.start(WORKFLOW.delete, {
      workflowId: deleteWorkflowId(job.job_id),
      taskQueue: MAIN_QUEUE,
      args: [{ job_id: job.job_id }],
    });
    await handle.result();
    return [handle.workflowId];
  },

  async sweep(stage) {
    const job = await startJob(stage, { plan: planOf([{ task_id: 'long', command: 'sleep 300' }]) });
    await said(job, 'task.started');
    const task = stage.client.workflow.getHandle(taskWorkflowId(job.job_id, 'long'));
    await job.handle.terminate('recorded');
    let sweeps = 0;
    const sweep = async () => {
      sweeps += 1;
      const workflowId = `sweep-${job.job_id}-${sweeps}`;
      const found = await stage.client.workflow.execute(WORKFLOW.sweep, {
        workflowId,
        taskQueue: MAIN_QUEUE,
      });
      return found.cancelled_tasks > 0 && workflowId;
    };
    const sweepId = await until(sweep, { what: 'a sweep that finds the task' });
    await task.result();
    return [jobWorkflowId(job.job_id), sweepId];
  },
};
