import type { RateLimits } from '../../providers/types.ts';
import { type Bucket, DIMENSIONS, levelOf, type Told } from './rate-limit-bucket.ts';

/** The window of a limit whose rate can't be read from what is said: providers count by the minute, mostly. */
const USUAL_WINDOW_MS = 60_000;

/** What was said longer ago says nothing of what is left now. */
const STALE_MS = 1000;

/**
 * Puts into the bucket what a provider said of its own limits: what is left, and how fast it comes back.
 * @param said_at when its answer began, epoch milliseconds
 */
export function learnFrom(bucket: Bucket, limits: RateLimits, said_at: number, now: number): Bucket {
  const told = { ...bucket.told };
  for (const dimension of DIMENSIONS) {
    const said = limits[dimension];
    if (!said || said.limit <= 0) continue;
    const known = told[dimension];
    const { limit } = said;
    const before = known?.limit === limit ? known.per_ms : undefined;
    const isExact = said.remaining <= limit / 2;
    const per_ms =
      (isExact ? undefined : before) ?? rateOf(said, said_at) ?? before ?? limit / USUAL_WINDOW_MS;
    const isStale = known !== undefined && now - said_at > STALE_MS;
    const level = isStale ? levelOf(known, now) : said.remaining;
    told[dimension] = { limit, level: Math.min(limit, level), at: now, per_ms } satisfies Told;
  }
  return { ...bucket, told };
}

/**
 * From what is left to all of it until `reset_at`; undefined where that says nothing. Numbers and times are rounded:
 * the less is left, the more exact it is.
 */
function rateOf(
  { limit, remaining, reset_at }: { limit: number; remaining: number; reset_at: string | null },
  said_at: number,
): number | undefined {
  const reset = reset_at === null ? Number.NaN : Date.parse(reset_at);
  return remaining < limit && reset > said_at ? (limit - remaining) / (reset - said_at) : undefined;
}
