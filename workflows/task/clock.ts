import { CancellationScope, condition } from '@temporalio/workflow';

/** The working time of one attempt: it can stand still while the agent waits for something. */
export interface Clock {
  expired(): boolean;
  worked_ms(): number;
  /** runs something during which the clock stands */
  standStill<R>(run: () => Promise<R>): Promise<R>;
  end(): void;
}

/** Starts a clock over `limitMs` milliseconds of working time. */
export function startClock(limitMs: number): Clock {
  let standing = 0;
  let worked = 0;
  let since: number | null = Date.now();
  let out = false;
  const timers = new CancellationScope({ cancellable: true });
  const elapsed = () => worked + (since === null ? 0 : Date.now() - since);

  const run = async () => {
    while (!out) {
      await condition(() => standing === 0);
      out = !(await condition(() => standing > 0, Math.max(1, limitMs - elapsed())));
    }
  };
  timers.run(run).catch(() => undefined);

  return {
    expired: () => out,
    worked_ms: elapsed,
    async standStill(run) {
      standing += 1;
      if (since !== null) {
        worked = elapsed();
        since = null;
      }
      try {
        return await run();
      } finally {
        standing -= 1;
        if (standing === 0) since = Date.now();
      }
    },
    end: () => timers.cancel(),
  };
}
