import type { Context } from '@temporalio/activity';
import { OUT_OF_TIME } from '../../contracts/attempt-codes.ts';
import { attemptFailure } from '../attempt-failure.ts';

/** What timers of Node.js take, 24.8 days: what may last longer is ended by Temporal. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** From being handed out to being begun. */
const ON_ITS_WAY_MS = 10_000;

/**
 * Does work that has so much time from when its activity was first scheduled, the wait for a worker and earlier starts
 * included. When that is over its signal is aborted, and the attempt has failed as soon as the work has ended.
 * @param limitMs undefined: somebody else sees to it
 */
export async function inTime<T>(
  context: Context,
  limitMs: number | undefined,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (limitMs === undefined) return work(signal);
  const left = limitMs - passedMs(context, limitMs);
  if (left <= 0) throw outOfTime();
  if (left > LONGEST_TIMER_MS) return work(signal);
  const time = AbortSignal.timeout(left);
  try {
    return await work(AbortSignal.any([signal, time]));
  } catch (error) {
    if (time.aborted && !signal.aborted) throw outOfTime();
    throw error;
  }
}

const outOfTime = () => attemptFailure({ code: OUT_OF_TIME, message: 'it ran out of time', retryable: true });

/** What lies between two times of the server is sure; the clock of this host may differ from the server's. */
function passedMs({ info }: Context, limitMs: number): number {
  const earlier = info.currentAttemptScheduledTimestampMs - info.scheduledTimestampMs;
  const waited = Date.now() - info.currentAttemptScheduledTimestampMs;
  // after that it would not have been handed out any more
  const isPossible = waited >= 0 && waited <= limitMs + ON_ITS_WAY_MS;
  return earlier + (isPossible ? waited : 0);
}
