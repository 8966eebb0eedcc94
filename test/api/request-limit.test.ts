import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRequestLimit } from '../../api/request-limit.ts';
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
