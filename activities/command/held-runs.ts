import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { ATTEMPT_FAILED } from '../../contracts/attempt-codes.ts';
import { startHeartbeat } from '../heartbeat.ts';

/** How long work whose activity was given up waits for the one that is to repeat it, before it is ended. */
const ADOPTED_WITHIN_MS = 15_000;
/** How long a result that perhaps nobody took is kept. */
const KEPT_MS = 10 * 60_000;

interface Run {
  result: Promise<unknown>;
  abort: AbortController;
  /** the activity that waits for it now: the latest start */
  holder?: Context;
  orphaned?: NodeJS.Timeout;
}

const runs = new Map<string, Run>();

/**
 * Does work that must not be done twice, commands for instance, once for all starts of an activity in this process. After
 * a machine has slept, the server takes its activities for lost and starts them again while they still run: the new
 * start then adopts the work that is under way, or gets its result.
 * @param heartbeatSeconds the heartbeat time-out of the activity, which this keeps to
 * @param start does the work; its signal is aborted when the work is cancelled, or when no start follows a lost one
 * @throws what the work throws; the SDK's own failure when the activity is cancelled
 */
export async function holdRun<T>(
  context: Context,
  heartbeatSeconds: number,
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopHeartbeat = startHeartbeat(context, heartbeatSeconds);
  const { workflowExecution, activityId } = context.info;
  const key = `${workflowExecution?.runId}/${activityId}`;
  const run = await takeRun(key, start);
  run.holder = context;
  clearTimeout(run.orphaned);
  const given = new Promise<never>((_, reject) => {
    context.cancelled.catch((reason: unknown) => {
      if (run.holder !== context) reject(reason);
      else if (!wasLost(context)) run.abort.abort(reason);
      else {
        run.orphaned = setTimeout(() => run.abort.abort(reason), ADOPTED_WITHIN_MS);
        reject(reason);
      }
    });
  });
  try {
    return (await Promise.race([run.result, given])) as T;
  } catch (error) {
    if (error instanceof CancelledFailure && context.cancellationSignal.aborted) await context.cancelled;
    throw error;
  } finally {
    stopHeartbeat();
  }
}

/** The failure of work that was ended by its signal. */
export const endedBySignal = (): CancelledFailure => new CancelledFailure('the work was ended');

async function takeRun(key: string, start: (signal: AbortSignal) => Promise<unknown>): Promise<Run> {
  for (let found = runs.get(key); found; found = runs.get(key)) {
    if (!found.abort.signal.aborted) return found;
    // it is about to end: nothing is begun before it has
    await found.result.catch(() => undefined);
    if (runs.get(key) === found) runs.delete(key);
  }
  const abort = new AbortController();
  const run: Run = { result: start(abort.signal), abort };
  runs.set(key, run);
  const forget = () => {
    if (runs.get(key) === run) runs.delete(key);
  };
  const keep = () => void setTimeout(forget, KEPT_MS).unref();
  // what went wrong on our side is to be tried again
  run.result.then(keep, (error: unknown) => (isOutcome(error) ? keep() : forget()));
  return run;
}

const isOutcome = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === ATTEMPT_FAILED;

/** Whether the server waits for this start no more, for it heard nothing of it. */
function wasLost({ cancellationDetails }: Context): boolean {
  const { timedOut = false, notFound = false } = cancellationDetails ?? {};
  return timedOut || notFound;
}
