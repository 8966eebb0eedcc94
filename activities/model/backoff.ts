const FIRST_SECONDS = 10;
const LONGEST_SECONDS = 300;
/** Calls that were given up meanwhile are forgotten after this. */
const FORGET_AFTER_MS = 60 * 60 * 1000;

/** Waits for providers that turn calls away without saying for how long. */
export interface Backoff {
  /** Seconds to wait now: 10, 20, 40, ... up to 300, and up to a quarter more, so that calls do not return together. */
  next(key: string): number;
  /** The provider took the call: its next wait is the first one again. */
  clear(key: string): void;
}

/** Kept in this process: after a restart the waits start over. */
export function createBackoff(random: () => number = Math.random, now: () => number = Date.now): Backoff {
  const waits = new Map<string, { count: number; at: number }>();
  return {
    next(key) {
      for (const [other, { at }] of waits) if (now() - at > FORGET_AFTER_MS) waits.delete(other);
      const count = waits.get(key)?.count ?? 0;
      waits.set(key, { count: count + 1, at: now() });
      const seconds = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** count);
      return seconds * (1 + random() / 4);
    },
    clear: (key) => void waits.delete(key),
  };
}
