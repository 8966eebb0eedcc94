import { CancellationScope, sleep } from '@temporalio/workflow';
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

/** Runs the planning; a job with a limit for it fails when that is over. */
export async function planInTime<R>(job: Job, plan: () => Promise<R>): Promise<R> {
  const { planning_seconds } = job.state.spec;
  if (planning_seconds === undefined) return plan();
  const timer = new CancellationScope();
  void timer
    .run(() => sleep(planning_seconds * 1000))
    .then(
      () => {
        const message = `there was no plan after ${planning_seconds} s`;
        job.state.ending ??= { status: 'failed', error: { code: 'planning_timeout', message } };
        job.touch();
      },
      () => undefined,
    );
  try {
    return await plan();
  } finally {
    timer.cancel();
  }
}
