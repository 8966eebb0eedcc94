const LONGEST_SECONDS = 3600;
/** What an address may ask for in `Retry-After`. */
const LONGEST_ASKED_SECONDS = 86_400;

/** What is known when a try failed. */
export interface FailedTry {
  /** tries of this delivery, this one included */
  attempts: number;
  /** failures of the address in a row, this one included */
  failures: number;
  /** ISO-8601 UTC */
  now: string;
  give_up_at: string;
  /** what the address asked for; null: nothing */
  retry_after_seconds: number | null;
  /** from 0 to 1 */
  random: number;
}

/**
 * When a delivery that failed is tried again (null: never), and until when nothing is sent to its address: after 1, 4,
 * 16, ... seconds up to an hour, less up to a quarter at random. A delivery that fails again waits longer than its
 * address does, so that those behind it pass one that is never taken.
 */
export function afterFailure(failed: FailedTry): { next_attempt_at: string | null; held_until: string } {
  const { attempts, failures, now, give_up_at, retry_after_seconds, random } = failed;
  const asked = Math.min(LONGEST_ASKED_SECONDS, retry_after_seconds ?? 0);
  const spread = 1 - random / 4;
  const own = Math.max(asked, backOff(attempts) * spread);
  const held = Math.max(asked, (backOff(failures) * spread) / (attempts > 1 ? 2 : 1));
  const held_until = after(now, held);
  if (now >= give_up_at) return { next_attempt_at: null, held_until };
  const left = (new Date(give_up_at).getTime() - new Date(now).getTime()) / 1000;
  return { next_attempt_at: after(now, Math.min(own, left)), held_until };
}

/** Failures in a row after which an address was away: what waited then comes in its order when it is back. */
export const AWAY_FAILURES = 3;

const backOff = (tries: number): number => Math.min(LONGEST_SECONDS, 4 ** (tries - 1));

const after = (iso: string, seconds: number): string =>
  new Date(new Date(iso).getTime() + seconds * 1000).toISOString();
