import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createRateLimiter,
  type RateLimitCost,
  type RateLimiter,
} from '../../activities/model/rate-limit.ts';
import type { Config } from '../../contracts/config.ts';
import { freePort } from '../../runtime/ports.ts';
import { until } from '../setup/until.ts';

const key = { provider: 'anthropic', model: 'some-model' } as const;
const other = { provider: 'anthropic', model: 'other-model' } as const;
const one: RateLimitCost = { requests: 1, tokens: 100 };

const opened: RateLimiter[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((limiter) => limiter.close()));
});

function open(limits: Config['rate_limits'], redis_url?: string): RateLimiter {
  const limiter = createRateLimiter({ redis_url, limits });
  opened.push(limiter);
  return limiter;
}

interface Taken {
  /** it was taken at some time between the two */
  asked_at: number;
  at: number;
  requests: number;
  tokens: number;
}

/** Takers that take again and again until the time is over, each waiting as it is told. */
async function takeAll(limiters: RateLimiter[], takers: number, ms: number) {
  const taken: Taken[] = [];
  let asked = 0;
  const end = Date.now() + ms;
  const run = async (taker: number) => {
    for (let call = 0; ; call++) {
      const cost = { requests: 1, tokens: 500 + ((taker * 131 + call * 71) % 10) * 100 };
      let asked_at: number;
      for (;;) {
        asked++;
        asked_at = Date.now();
        const { wait_ms } = await limiters[taker % limiters.length]!.take(key, cost, `${taker}-${call}`);
        if (Date.now() + wait_ms > end) return;
        if (wait_ms === 0) break;
        await sleep(wait_ms);
      }
      taken.push({ asked_at, at: Date.now(), ...cost });
    }
  };
  await Promise.all(Array.from({ length: takers }, (_, taker) => run(taker)));
  return { taken: taken.sort((a, b) => a.at - b.at), asked };
}

/** The most that was taken for certain in any second, however late answers are read. How much of the limit is used is a figure of the bench. */
function mostInASecond(taken: Taken[], of: 'requests' | 'tokens'): number {
  const within = (from: number, to: number) =>
    taken.filter(({ asked_at, at }) => asked_at >= from && at < to).reduce((sum, take) => sum + take[of], 0);
  return Math.max(...taken.map(({ asked_at }) => within(asked_at, asked_at + 1000)));
}

function sameEverywhere(redisUrl: () => string | undefined): void {
  const openHere = (limits: Config['rate_limits']) => open(limits, redisUrl());

  it.each([
    ['requests', { requests_per_second: 20 }, 20],
    ['tokens', { requests_per_second: 1000, tokens_per_second: 20_000 }, 20_000],
  ] as const)(
    '50 takers never exceed the %s of a second, and go on as it allows',
    async (of, limit, amount) => {
      const limiters = [openHere({ anthropic: limit }), openHere({ anthropic: limit })];
      const used = redisUrl() ? limiters : limiters.slice(0, 1);
      const { taken, asked } = await takeAll(used, 50, 2600);
      expect(mostInASecond(taken, of)).toBeLessThanOrEqual(amount);
      expect(asked, 'each taker comes back about once').toBeLessThan(3 * taken.length + 50);
    },
  );

  it('lets go at once without a limit, and each model by its own bucket', async () => {
    const limiter = openHere({
      openai: { requests_per_second: 1 },
      'anthropic/some-model': { requests_per_minute: 1 },
    });
    expect(await limiter.take(key, one)).toEqual({ wait_ms: 0 });
    const { wait_ms } = await limiter.take(key, one);
    expect(wait_ms).toBeGreaterThan(59_000);
    expect(wait_ms).toBeLessThan(62_000);
    for (let n = 0; n < 3; n++) expect(await limiter.take(other, one)).toEqual({ wait_ms: 0 });
  });

  it('keeps the place of who came first: nobody else gets what it waits for', async () => {
    const limiter = openHere({ anthropic: { tokens_per_second: 1000 } });
    const ask = async (id: string, tokens: number) =>
      (await limiter.take(key, { requests: 1, tokens }, id)).wait_ms;
    expect(await ask('a', 900)).toBe(0);
    const large = await ask('large', 800);
    expect(large).toBeGreaterThan(500);
    const small = await ask('small', 100);
    expect(small, 'there is room for it now, and it has to queue').toBeGreaterThan(large - 100);
    await sleep(large);
    expect(await ask('large', 800)).toBe(0);
    expect(await ask('small', 100)).toBe(0);
  });

  it('lets a call that is larger than the whole limit go when nothing else is under way', async () => {
    const limiter = openHere({ anthropic: { tokens_per_minute: 1000 } });
    expect(await limiter.take(key, { requests: 1, tokens: 5000 })).toEqual({ wait_ms: 0 });
    expect((await limiter.take(key, { requests: 1, tokens: 1 })).wait_ms).toBeGreaterThan(50_000);
  });

  it('gives back what was taken and not used', async () => {
    const limiter = openHere({ anthropic: { tokens_per_minute: 1000 } });
    expect(await limiter.take(key, { requests: 1, tokens: 1000 })).toEqual({ wait_ms: 0 });
    await limiter.settle(key, { requests: 1, tokens: 1000 }, { requests: 1, tokens: 300 });
    expect(await limiter.take(key, { requests: 1, tokens: 700 })).toEqual({ wait_ms: 0 });
    expect((await limiter.take(key, { requests: 1, tokens: 1 })).wait_ms).toBeGreaterThan(50_000);
  });

  it('takes afterwards what was used beyond what was taken', async () => {
    const limiter = openHere({ anthropic: { tokens_per_minute: 1000 } });
    expect(await limiter.take(key, { requests: 1, tokens: 100 })).toEqual({ wait_ms: 0 });
    await limiter.settle(key, { requests: 1, tokens: 100 }, { requests: 1, tokens: 900 });
    expect(await limiter.take(key, { requests: 1, tokens: 100 })).toEqual({ wait_ms: 0 });
    expect((await limiter.take(key, { requests: 1, tokens: 1 })).wait_ms).toBeGreaterThan(50_000);
  });

  it('respects what the provider says about its own limits', async () => {
    const limiter = openHere({});
    const reset_at = new Date(Date.now() + 10_000).toISOString();
    await limiter.learn(key, { requests: { limit: 10, remaining: 1, reset_at } });
    expect(await limiter.take(key, one, 'a')).toEqual({ wait_ms: 0 });
    const first = (await limiter.take(key, one, 'b')).wait_ms;
    expect(first).toBeGreaterThan(900);
    expect(first).toBeLessThan(1200);
    const second = (await limiter.take(key, one, 'c')).wait_ms;
    expect(second).toBeGreaterThan(2 * first - 200);
    expect(await limiter.take(other, one)).toEqual({ wait_ms: 0 });
    await limiter.learn(key, { requests: { limit: 10, remaining: 10, reset_at: null } });
    expect(await limiter.take(key, one, 'b')).toEqual({ wait_ms: 0 });
  });

  it('believes a provider that says the limit of the config: what is used comes back bit by bit', async () => {
    const limiter = openHere({ anthropic: { tokens_per_minute: 60_000 } });
    const reset_at = new Date(Date.now() + 50_000).toISOString();
    await limiter.learn(key, { tokens: { limit: 60_000, remaining: 10_000, reset_at } });
    expect(await limiter.take(key, { requests: 1, tokens: 10_000 })).toEqual({ wait_ms: 0 });
    const { wait_ms } = await limiter.take(key, { requests: 1, tokens: 3000 });
    expect(wait_ms).toBeGreaterThan(2500);
    expect(wait_ms).toBeLessThan(3500);
    await limiter.learn(key, { tokens: { limit: 90_000, remaining: 60_000, reset_at } });
    const rest = { requests: 1, tokens: 50_000 };
    expect(await limiter.take(key, rest), 'the provider grants more: the config counts').toEqual({
      wait_ms: 0,
    });
    expect((await limiter.take(key, one)).wait_ms).toBeGreaterThan(50_000);
  });

  it('does not take an old word on what is left for a new one', async () => {
    const limiter = openHere({});
    const said = { requests: { limit: 2, remaining: 2, reset_at: null } };
    await limiter.learn(key, said);
    for (let n = 0; n < 2; n++) expect(await limiter.take(key, one)).toEqual({ wait_ms: 0 });
    await limiter.learn(key, said, Date.now() - 20_000);
    expect((await limiter.take(key, one)).wait_ms).toBeGreaterThan(20_000);
  });
}

describe('in memory', () => sameEverywhere(() => undefined));

const there = hasRedis();
describe.skipIf(!there)(
  there ? 'over Redis' : 'over Redis (skipped: redis-server is not installed here)',
  () => {
    let server: ChildProcess | undefined;
    let folder: string;
    let port: number;
    let url: string;

    const startRedis = () =>
      spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder], {
        stdio: 'ignore',
      });

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'orchestrator-rate-'));
      port = await freePort('127.0.0.1');
      url = `redis://127.0.0.1:${port}`;
      server = startRedis();
      await answers();
    });
    afterAll(async () => {
      server?.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    });
    afterEach(async () => {
      await withRedis((redis) => redis.flushall());
    });

    async function withRedis<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
      const redis = new Redis(url, { maxRetriesPerRequest: 1 });
      redis.on('error', () => {});
      try {
        return await work(redis);
      } finally {
        redis.disconnect();
      }
    }
    const answers = () =>
      until(() => withRedis((redis) => redis.ping()).catch(() => undefined), { what: 'Redis to answer' });

    sameEverywhere(() => url);

    it('is one bucket for all processes on it', async () => {
      const limits: Config['rate_limits'] = { anthropic: { requests_per_minute: 3 } };
      const limiters = Array.from({ length: 4 }, () => open(limits, url));
      const waits = await Promise.all(limiters.map((limiter) => limiter.take(key, one)));
      expect(waits.filter(({ wait_ms }) => wait_ms === 0)).toHaveLength(3);
    });

    it('goes on without Redis, by itself, and with it again', async () => {
      const limiter = open({ anthropic: { requests_per_minute: 1 } }, url);
      expect(await limiter.take(key, one)).toEqual({ wait_ms: 0 });
      server?.kill('SIGKILL');
      await new Promise((resolve) => server?.once('exit', resolve));
      expect(await limiter.take(key, one)).toEqual({ wait_ms: 0 });
      expect((await limiter.take(key, one)).wait_ms).toBeGreaterThan(50_000);
      server = startRedis();
      await answers();
      await until(async () => (await limiter.take(key, one)).wait_ms === 0, { what: 'the empty Redis' });
      const beside = open({ anthropic: { requests_per_minute: 1 } }, url);
      expect((await beside.take(key, one)).wait_ms).toBeGreaterThan(50_000);
    });
  },
);

function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
