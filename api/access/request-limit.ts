import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { connectRedis } from '../../store/redis.ts';
import { problemResponse } from '../errors.ts';
import { untilEnd } from '../events/in-force.ts';
import type { Variables } from './caller.ts';

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
  const redis = redis_url ? connectRedis(redis_url, { commandTimeout: PATIENCE_MS }) : undefined;
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

/**
 * Requests that a key may have under way in this process, those that wait and open streams among them: each is work
 * again and again, for the API and for workers.
 */
export const MAX_AT_ONCE = 200;

/** Refuses with 429 what a key sends beyond its limits. Without keys nothing is counted. */
export function limitRequests(limit: RequestLimit): MiddlewareHandler<{ Variables: Variables }> {
  const under_way = new Map<string, number>();
  return async (c, next) => {
    const key_id = c.get('key_id');
    if (!key_id) return await next();
    const wait = await limit.take(key_id);
    if (wait !== null) {
      const message = `This API key has sent too many requests; the next one is accepted in ${wait} s.`;
      return problemResponse({ code: 'rate_limited', message }, { 'retry-after': String(wait) });
    }
    const now = under_way.get(key_id) ?? 0;
    if (now >= MAX_AT_ONCE) {
      const message = `This API key has ${now} requests and streams in flight; the next one is accepted when one of them ends.`;
      return problemResponse({ code: 'rate_limited', message });
    }
    under_way.set(key_id, now + 1);
    const leave = () => {
      const left = under_way.get(key_id)! - 1;
      if (left === 0) under_way.delete(key_id);
      else under_way.set(key_id, left);
    };
    let goesOn = false;
    try {
      await next();
      const { body } = c.res;
      goesOn = body !== null && isLong(c.res.headers);
      if (goesOn) c.res = new Response(untilEnd(body!, leave), c.res);
    } finally {
      if (!goesOn) leave();
    }
  };
}

/** Of streams of events, and of contents, which may be as large as they like and are read as slowly as a client likes. */
const isLong = (headers: Headers): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') === true || headers.has('accept-ranges');
