import { sleep } from '@temporalio/workflow';
import type { Job } from './context.ts';

/** Ends the job as failed when the time that it was given is over; one without a deadline is left alone. */
export function keepDeadline(job: Job): void {
  const { state } = job;
  const { timeout_seconds } = state.spec;
  if (timeout_seconds === undefined) return;
  const left = new Date(state.created_at).getTime() + timeout_seconds * 1000 - Date.now();
  void sleep(Math.max(1, left)).then(() => {
    if (state.ending || state.phase === 'closed') return;
    const message = `the job was not done within ${timeout_seconds} s`;
    state.ending = { status: 'failed', error: { code: 'timeout', message } };
    job.touch();
  });
}
