import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';

/** Whether no worker took an activity in time. */
export const isUnstarted = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';

/** A worker's poll takes up to a minute, and the server remembers those of dead workers for five. */
export const LIVE_POLLER_SECONDS = 90;
