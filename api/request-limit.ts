import type { MiddlewareHandler } from 'hono';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Variables } from './endpoint.ts';
import { problemResponse } from './errors.ts';

/** How many requests a key may send. */
export interface RequestLimit {
  /** Counts a request; gives the seconds to wait where it is one too many, else null. */
  take(key_id: string): Promise<number | null>;
  close(): Promise<void>;
}

/** How long a request waits for Redis before this process counts alone. */
const PATIENCE_MS = 500;

/**
 * Counts the requests of each key, in windows of a minute: in Redis for all API processes together where there is one,
 * else, and while it does not answer, in this process. null: no limit.
 */
export function createRequestLimit(per_minute: number | null, redis_url?: string): RequestLimit {
  if (per_minute === null) return { take: async () => null, close: async () => {} };
  const window = { points: per_minute, duration: 60 };
  const alone = new RateLimiterMemory(window);
  const redis = redis_url ? connect(redis_url) : undefined;
  const limiter = redis
    ? new RateLimiterRedis({
        ...window,
        storeClient: redis,
        keyPrefix: 'orchestrator:requests',
        insuranceLimiter: alone,
        rejectIfRedisNotReady: true,
      })
    : alone;
  return {
    async take(key_id) {
      try {
        await limiter.consume(key_id);
        return null;
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      }
    },
    async close() {
      redis?.disconnect();
    },
  };
}

/** Refuses with 429 what a key sends beyond its limit. Without keys nothing is counted. */
export function limitRequests(limit: RequestLimit): MiddlewareHandler<{ Variables: Variables }> {
  return async (c, next) => {
    const key_id = c.get('key_id');
    const wait = key_id ? await limit.take(key_id) : null;
    if (wait === null) return await next();
    const message = `This API key has sent too many requests; the next one is taken in ${wait} s.`;
    return problemResponse({ code: 'rate_limited', message }, { 'retry-after': String(wait) });
  };
}

function connect(url: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: PATIENCE_MS,
    retryStrategy: (times) => Math.min(50 * times, 2000),
  });
  redis.on('error', () => {});
  return redis;
}
