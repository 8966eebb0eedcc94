import { Redis, type RedisOptions } from 'ioredis';

/**
 * A connection to Redis. Commands fail at once while it is away, instead of piling up; the connection comes back by
 * itself. That it is away is no error of its own: whoever sends a command learns it.
 */
export function connectRedis(url: string, options: RedisOptions = {}): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * times, 2000),
    ...options,
  });
  redis.on('error', () => {});
  return redis;
}
