import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connectRedis } from '../../store/redis.ts';
import { type Bucket, emptyBucket } from './rate-limit-bucket.ts';

/** Where buckets are kept. Changes of one bucket come one after another, whoever makes them. */
export interface BucketStore {
  /** Gives what `change` answers. It may be called several times, with what the bucket is at `now`. */
  change<T>(key: string, change: (bucket: Bucket, now: number) => { bucket: Bucket; answer: T }): Promise<T>;
  close(): Promise<void>;
}

/** Buckets of this process alone. */
export function memoryBuckets(): BucketStore {
  const buckets = new Map<string, Bucket>();
  return {
    async change(key, change) {
      const { bucket, answer } = change(buckets.get(key) ?? emptyBucket(), Date.now());
      buckets.set(key, bucket);
      return answer;
    },
    async close() {
      buckets.clear();
    },
  };
}

const PREFIX = 'orchestrator:rate:';

/** A bucket that nobody touches is forgotten; longer than the windows of limits. */
const KEPT_MS = 60 * 60_000;

/** How long the first call waits for the connection, and each for an answer. */
const PATIENCE_MS = 2000;

/** The bucket with its version, and the time of the server: workers' clocks differ. */
const READ = `
local time = redis.call('TIME')
return {redis.call('HGET', KEYS[1], 'version'), redis.call('HGET', KEYS[1], 'bucket'), time[1], time[2]}`;

/** Writes the bucket when it is still the version that was read. */
const WRITE = `
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'bucket', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`;

type Read = [version: string | null, bucket: string | null, seconds: string, microseconds: string];

/**
 * Buckets that all processes on one Redis share. While it is away each process uses buckets of its own:
 * the limits are then kept by each, and the provider's 429 is what keeps them all.
 */
export function redisBuckets(url: string): BucketStore {
  const alone = memoryBuckets();
  const queues = new Map<string, Promise<unknown>>();
  const redis = connectRedis(url, { commandTimeout: PATIENCE_MS });
  const connected = once(redis, 'ready', { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => {});

  async function changeShared<T>(key: string, change: Parameters<typeof alone.change<T>>[1]): Promise<T> {
    for (;;) {
      const read = (await redis.eval(READ, 1, PREFIX + key)) as Read;
      const [version, text, seconds, microseconds] = read;
      const now = Number(seconds) * 1000 + Number(microseconds) / 1000;
      const { bucket, answer } = change(text === null ? emptyBucket() : (JSON.parse(text) as Bucket), now);
      const values = [version ?? '', randomUUID(), JSON.stringify(bucket), KEPT_MS];
      if ((await redis.eval(WRITE, 1, PREFIX + key, ...values)) === 1) return answer;
    }
  }

  return {
    async change(key, change) {
      await connected;
      const before = queues.get(key) ?? Promise.resolve();
      const mine = before.then(() =>
        redis.status === 'ready'
          ? changeShared(key, change).catch(() => alone.change(key, change))
          : alone.change(key, change),
      );
      queues.set(key, mine);
      return await mine.finally(() => {
        if (queues.get(key) === mine) queues.delete(key);
      });
    },
    async close() {
      redis.disconnect();
      await alone.close();
    },
  };
}
