import type { JobEnd, JobInput } from './types.ts';

export { deleteWorkflow } from './delete.ts';
export { sweepWorkflow } from './sweep.ts';
export { taskWorkflow } from './task/task.ts';
export { webhookTestWorkflow, webhookWorkflow } from './webhooks.ts';

/**
 * The job's story, loaded by jobs only: every workflow evaluates what it imports once more, and a job's schemas would
 * cost a task more than all else that it does.
 */
export async function jobWorkflow(input: JobInput): Promise<JobEnd> {
  const story = await import(/* webpackMode: "eager" */ './job/job.ts');
  return story.jobWorkflow(input);
}
