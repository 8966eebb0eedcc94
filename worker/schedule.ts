import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { MAIN_QUEUE, SWEEP_ID, WORKFLOW } from '../contracts/names.ts';

const EVERY_SECONDS = 30;

/**
 * Makes sure that the one schedule is there that sweeps up after crashes, and has it do so now: what an earlier version
 * left is put right as soon as this one runs. Safe from many workers at once.
 */
export async function ensureSchedule(client: Client): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: SWEEP_ID,
      spec: { intervals: [{ every: EVERY_SECONDS * 1000 }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      action: {
        type: 'startWorkflow',
        workflowType: WORKFLOW.sweep,
        workflowId: SWEEP_ID,
        taskQueue: MAIN_QUEUE,
        workflowExecutionTimeout: '10 minutes',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  await client.schedule.getHandle(SWEEP_ID).trigger(ScheduleOverlapPolicy.SKIP);
}
