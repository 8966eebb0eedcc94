import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import { short } from './activities.ts';

/** Whether no worker took an activity in time. */
export const isUnstarted = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';

/**
 * Whether a host whose work no worker took in time is merely busy; else it is gone.
 * @param waitSeconds how long the work has waited
 */
export const isHostThere = (host_id: string, waitSeconds: number): Promise<boolean> =>
  short.isHostAlive({ host_id, within_seconds: Math.min(waitSeconds, LIVE_POLLER_SECONDS) });

/** A worker's poll takes up to a minute, and the server remembers those of dead workers for five. */
const LIVE_POLLER_SECONDS = 90;
