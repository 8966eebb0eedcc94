import { defineQuery, setHandler } from '@temporalio/workflow';
import { slow } from './activities.ts';

/** Whether the job has stopped; its removal may still be going on. */
export const progressQuery = defineQuery<{ stopped: boolean }>('progress');

/** Stops a job whose tombstone stands, then removes everything of it. Survives the API that asked for it. */
export async function deleteWorkflow(input: { job_id: string }): Promise<void> {
  let stopped = false;
  setHandler(progressQuery, () => ({ stopped }));
  await slow.stopJob(input);
  stopped = true;
  await slow.eraseJob(input);
}
