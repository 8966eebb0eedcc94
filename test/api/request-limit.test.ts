import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRequestLimit, MAX_AT_ONCE } from '../../api/access/request-limit.ts';
import { freePort } from '../../runtime/ports.ts';
import { until } from '../setup/until.ts';
import { startLoneApi, type TestApi } from './setup.ts';

describe('the requests of a key', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startLoneApi({
      loopback: false,
      config: { api: { requests_per_minute: 3, cors_origins: [] } },
    });
  });
  afterAll(() => api.close());

  test('are limited, each by itself; health is not', async () => {
    expect((await api.ask('GET', '/orchestrate/providers')).status).toBe(200);
    const [ann, bob] = await Promise.all(
      ['ann', 'bob'].map(async (owner) => {
        const { key } = await api.store.createKey({ owner, name: '' });
        return { authorization: `Bearer ${key}` };
      }),
    );
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => api.ask('GET', '/usage', undefined, ann)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.body.error.code).toBe('rate_limited');
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect((await api.ask('GET', '/usage', undefined, bob)).status).toBe(200);
    expect((await api.ask('GET', '/healthz', undefined, ann)).status).toBe(200);
  });

  test('without keys are not counted', async () => {
    const open = await startLoneApi({ config: { api: { requests_per_minute: 1, cors_origins: [] } } });
    for (let request = 0; request < 3; request++) {
      expect((await open.ask('GET', '/usage')).status).toBe(200);
    }
    await open.close();
  });

  test('are counted here while Redis is away', async () => {
    const limit = createRequestLimit(2, 'redis://127.0.0.1:1');
    expect(await limit.take('a')).toBeNull();
    expect(await limit.take('a')).toBeNull();
    expect(await limit.take('a')).toBeGreaterThan(0);
    expect(await limit.take('b')).toBeNull();
    await limit.close();
  });
});

describe('what a key has under way at once', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startLoneApi({ loopback: false });
  });
  afterAll(() => api.close());

  test('is limited, open streams and waiting requests together, each key by itself', async () => {
    const [ann, bob] = await Promise.all(
      ['ann', 'bob'].map(async (owner) => {
        const { key } = await api.store.createKey({ owner, name: '', role: 'viewer' });
        return { authorization: `Bearer ${key}` };
      }),
    );
    const open = async (path: string, headers = {}) =>
      await api.app.request(path, { headers: { ...ann, accept: 'text/event-stream', ...headers } });
    const streams = await Promise.all(Array.from({ length: MAX_AT_ONCE }, () => open('/events')));
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
    for (const path of ['/events', '/v1/events', '/usage']) {
      const refused = await open(path);
      expect(refused.status, path).toBe(429);
      expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited' } });
      expect(Number(refused.headers.get('retry-after')), path).toBeGreaterThan(0);
    }
    expect((await open('/usage', bob)).status).toBe(200);
    await streams[0]!.body!.cancel();
    const next = await open('/events');
    expect(next.status).toBe(200);
    await Promise.all([next, ...streams.slice(1)].map(({ body }) => body!.cancel()));
    expect((await open('/usage')).status).toBe(200);
  });
});

const there = hasRedis();
test.skipIf(!there)(
  `on one Redis all API processes count together${there ? '' : ' (skipped: redis-server is not installed here)'}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'orchestrator-requests-'));
    const port = await freePort('127.0.0.1');
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', folder];
    const server = spawn('redis-server', args, { stdio: 'ignore' });
    const url = `redis://127.0.0.1:${port}`;
    // until both have found their Redis each counts alone
    const limits = [createRequestLimit(3, url), createRequestLimit(3, url)];
    const asked = async (key: string) => {
      const waits = [];
      for (const limit of [...limits, ...limits]) waits.push(await limit.take(key));
      return waits.map((wait) => wait !== null);
    };
    let round = 0;
    await until(async () => (await asked(`key-${++round}`)).join() === 'false,false,false,true', {
      what: 'both to count in Redis',
    });
    await Promise.all(limits.map((limit) => limit.close()));
    server.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
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
