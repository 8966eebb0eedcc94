import { CancellationScope, sleep } from '@temporalio/workflow';

/** The working time of one attempt: it can be paused while the agent waits for something. */
export interface Clock {
  expired(): boolean;
  worked_ms(): number;
  /** runs something with the clock paused */
  pauseClock<R>(run: () => Promise<R>): Promise<R>;
  /** another limit for the working time, in milliseconds; what was worked counts */
  limit(ms: number): void;
  end(): void;
}

/**
 * Starts a clock over `limitMs` milliseconds of working time; Infinity: it only counts, and no timer stands in the
 * history. One timer and few promises: the SDK keeps a stack trace of each promise, and every attempt has a clock.
 * @param workedMs what an earlier run of the workflow counted
 */
export function startClock(limitMs: number, onExpired: () => void, workedMs = 0): Clock {
  let limit = limitMs;
  let standing = 0;
  let worked = workedMs;
  let since: number | null = null;
  let out = false;
  let timer: CancellationScope | null = null;
  const elapsed = () => worked + (since === null ? 0 : Date.now() - since);
  const start = () => {
    since = Date.now();
    if (limit === Number.POSITIVE_INFINITY) return;
    timer = new CancellationScope();
    timer
      .run(() => sleep(Math.max(1, limit - worked)))
      .then(
        () => {
          out = true;
          onExpired();
        },
        () => undefined,
      );
  };
  const stop = () => {
    worked = elapsed();
    since = null;
    timer?.cancel();
  };
  start();
  return {
    expired: () => out,
    worked_ms: elapsed,
    async pauseClock(run) {
      standing += 1;
      if (standing === 1) stop();
      try {
        return await run();
      } finally {
        standing -= 1;
        if (standing === 0 && !out) start();
      }
    },
    limit(ms) {
      if (ms === limit) return;
      limit = ms;
      if (since === null || out) return;
      stop();
      start();
    },
    end: stop,
  };
}
