import type { Context } from '@temporalio/activity';

/** A cancellation reaches an activity with the answer to its heartbeat: it is never later than this. */
const LONGEST_MS = 1000;

/**
 * Heartbeats on a timer until the returned function is called.
 * @param timeoutSeconds the heartbeat time-out of the activity
 */
export function startHeartbeat(context: Context, timeoutSeconds: number): () => void {
  const timer = setInterval(() => context.heartbeat(), Math.min(LONGEST_MS, (timeoutSeconds * 1000) / 3));
  return () => clearInterval(timer);
}
