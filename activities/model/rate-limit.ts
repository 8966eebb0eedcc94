import type { Config, RateLimitConfig } from '../../contracts/config.ts';
import type { ProviderName } from '../../contracts/spec.ts';
import type { RateLimits } from '../../providers/types.ts';
import { type Allowance, type Allowances, settleIn, takeFrom } from './rate-limit-bucket.ts';
import { memoryBuckets, redisBuckets } from './rate-limit-store.ts';
import { learnFrom } from './rate-limit-told.ts';

/** Whose limits: each model of each provider has its own bucket. */
export interface RateLimitKey {
  provider: ProviderName;
  model: string;
}

/** What a call takes: itself, and the tokens that it will probably use, prompt and answer together. */
export interface RateLimitCost {
  requests: number;
  tokens: number;
  /** of these where they are known apart: some providers limit them by direction */
  input_tokens?: number;
  output_tokens?: number;
}

/** Buckets of all models, shared by all workers. */
export interface RateLimiter {
  /**
   * `wait_ms` 0: taken, go. Otherwise nothing was taken: ask again after so many milliseconds.
   * @param id who asks, the same each time: its place is kept from the first time on, so that it has to come back
   *   once, mostly; for 5 s after its time, then it is the next one's. Without it no place is kept.
   */
  take(key: RateLimitKey, cost: RateLimitCost, id?: string): Promise<{ wait_ms: number }>;
  /** Once the real usage is known: puts back what was taken and not used, and takes what was used beyond it. */
  settle(key: RateLimitKey, taken: RateLimitCost, used: RateLimitCost): Promise<void>;
  /**
   * Respects what the provider said about its own limits, in addition to those of the config.
   * @param said_at when its answer began, epoch milliseconds
   */
  learn(key: RateLimitKey, limits: RateLimits, said_at?: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * A limiter of model calls: by `limits`, `rate_limits:` of the config, and by what the providers say. An entry for
 * `<provider>/<model>` goes before the one of its provider, which counts for each of its models apart.
 * @param options.redis_url where the buckets are shared; without it they are this process's own
 */
export function createRateLimiter(options: {
  redis_url?: string | undefined;
  limits: Config['rate_limits'];
}): RateLimiter {
  const { redis_url, limits } = options;
  const store = redis_url ? redisBuckets(redis_url) : memoryBuckets();
  const allowancesOf = ({ provider, model }: RateLimitKey): Allowances => {
    const exact = `${provider}/${model}`;
    const found = Object.hasOwn(limits, exact) ? limits[exact] : limits[provider];
    return found ? toAllowances(found) : {};
  };
  return {
    async take(key, cost, id) {
      const allowances = allowancesOf(key);
      const wait_ms = await store.change(nameOf(key), (before, now) => {
        const taken = takeFrom(before, allowances, { id: id ?? null, cost: { ...cost }, now });
        return { bucket: taken.bucket, answer: taken.wait_ms };
      });
      return { wait_ms };
    },
    async settle(key, taken, used) {
      await store.change(nameOf(key), (before, now) => ({
        bucket: settleIn(before, allowancesOf(key), { taken: { ...taken }, used: { ...used }, now }),
        answer: undefined,
      }));
    },
    async learn(key, told, said_at) {
      await store.change(nameOf(key), (before, now) => ({
        bucket: learnFrom(before, told, said_at ?? now, now),
        answer: undefined,
      }));
    },
    close: () => store.close(),
  };
}

/**
 * How much longer a window is taken to be than the provider's: calls reach it later than they were let go, each by
 * another while. Costs 8 % of a limit by the second, and 1.6 % of one by the minute.
 */
const MARGIN = 0.08;
const MAX_MARGIN_MS = 1000;

function toAllowances(limit: RateLimitConfig): Allowances {
  const allowances: Allowances = {};
  for (const what of ['requests', 'tokens'] as const) {
    const perSecond = limit[`${what}_per_second`];
    const perMinute = limit[`${what}_per_minute`];
    if (perSecond !== undefined) allowances[what] = toAllowance(perSecond, 1000);
    else if (perMinute !== undefined) allowances[what] = toAllowance(perMinute, 60_000);
  }
  return allowances;
}

/** A limit that is no whole number, or less than one, is that of a window in which it is one. */
function toAllowance(limit: number, ms: number): Allowance {
  const amount = Math.max(1, Math.floor(limit));
  const window = (ms * amount) / limit;
  return { amount, window_ms: window + Math.min(window * MARGIN, MAX_MARGIN_MS) };
}

const nameOf = ({ provider, model }: RateLimitKey): string => `${provider}/${model}`;
