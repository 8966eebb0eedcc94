import type { JobEvent } from '../../contracts/event.ts';
import { jobWorkflowId, taskWorkflowId } from '../../contracts/names.ts';
import type { JobView } from '../../contracts/view.ts';
import type { Api } from '../api.ts';
import type { PlannedTask } from '../plans.ts';

/** A job that was approved and has completed. */
export interface JobRun {
  job_id: string;
  /** from sending the approval until the job has taken in the end of its last task */
  milliseconds: number;
  /** from sending the approval until the first agent was at work; null for agents that do not say when they began */
  first_work_ms: number | null;
  workflow_ids: string[];
}

/** Submits the plan, approves it, and waits until the job has completed. Nobody follows the events meanwhile. */
export async function runJob(
  api: Api,
  tasks: PlannedTask[],
  maxWorkers: number,
  model?: string,
): Promise<JobRun> {
  const job_id = await api.submit(tasks, maxWorkers, model);
  return approveAndRun(api, job_id);
}

/** Approves a waiting job and waits until it has completed. */
export async function approveAndRun(api: Api, job_id: string): Promise<JobRun> {
  const approvedAt = Date.now();
  await api.command(job_id, 'approve');
  const view = await api.completed(job_id);
  const first = firstWork(view);
  return {
    job_id,
    milliseconds: tasksDoneAt(await api.events(job_id)) - approvedAt,
    first_work_ms: first === null ? null : first - approvedAt,
    workflow_ids: [
      jobWorkflowId(job_id),
      ...view.tasks.map(({ task_id }) => taskWorkflowId(job_id, task_id)),
    ],
  };
}

function firstWork({ tasks }: JobView): number | null {
  const times = tasks.map(({ outputs }) => outputs?.began_at).filter((time) => typeof time === 'number');
  return times.length === 0 ? null : Math.min(...times);
}

/** When the job went on to put the results together: at once after the end of its last task. */
export function tasksDoneAt(events: JobEvent[]): number {
  const next = events.find(({ type }) => type === 'job.synthesizing');
  if (!next) throw new Error('a measured job has no end of its tasks');
  return Date.parse(next.at);
}
