import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closedJob } from '../store/samples.ts';
import { startLoneApi, type TestApi } from './setup.ts';

describe('on this machine only', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startLoneApi();
  });
  afterAll(() => api.close());

  test.each([
    [{}, 200],
    [{ host: 'localhost:8080' }, 200],
    [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }, 200],
    [{ host: '[::1]:8080' }, 200],
    [{ host: 'evil.example' }, 403],
    [{ host: 'localhost.evil.example' }, 403],
    [{ host: '127.0.0.1:8080', origin: 'http://evil.example' }, 403],
    [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:9999' }, 403],
    [{ host: '127.0.0.1:8080', origin: 'null' }, 403],
  ])('%j gets %i', async (headers, status) => {
    const answer = await api.ask('GET', '/healthz', undefined, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('with keys', () => {
  let api: TestApi;
  let ann: string;
  let bob: string;
  beforeAll(async () => {
    api = await startLoneApi({ loopback: false });
    // asked once before there is any key: that must not be remembered
    expect((await api.ask('GET', '/orchestrate/providers')).status).toBe(200);
    ann = (await api.store.createKey({ owner: 'ann', name: 'laptop' })).key;
    bob = (await api.store.createKey({ owner: 'bob', name: 'laptop' })).key;
    await api.store.archiveJob(closedJob('of-ann', { owner: 'ann' }));
  });
  afterAll(() => api.close());
  const as = (key: string) => ({ authorization: `Bearer ${key}` });

  test('every route asks for one, but health and callbacks', async () => {
    for (const path of [
      '/orchestrate/jobs',
      '/orchestrate/of-ann',
      '/events',
      '/openapi.json',
      '/docs',
      '/nowhere',
    ]) {
      const answer = await api.ask('GET', path);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect((await api.ask('GET', '/healthz')).status).toBe(200);
    expect((await api.ask('POST', '/callbacks/unknown', {})).status).toBe(404);
  });

  test.each(['', 'Bearer', 'Bearer wrong', 'Basic YTpi', 'Bearer a b'])(
    '%j is no key',
    async (authorization) => {
      expect((await api.ask('GET', '/orchestrate/of-ann', undefined, { authorization })).status).toBe(401);
    },
  );

  test("another owner's job is not there", async () => {
    expect((await api.ask('GET', '/orchestrate/of-ann', undefined, as(ann))).status).toBe(200);
    expect((await api.ask('GET', '/orchestrate/of-ann', undefined, as(bob))).status).toBe(404);
    expect((await api.ask('DELETE', '/orchestrate/of-ann', undefined, as(bob))).status).toBe(404);
    expect((await api.ask('POST', '/orchestrate/of-ann/cancel', {}, as(bob))).status).toBe(404);
    expect((await api.ask('GET', '/orchestrate/of-ann/events', undefined, as(bob))).status).toBe(404);
  });

  test('a revoked one is none', async () => {
    const { key, key_id } = await api.store.createKey({ owner: 'ann', name: 'old' });
    expect((await api.ask('GET', '/orchestrate/of-ann', undefined, as(key))).status).toBe(200);
    await api.store.revokeKey(key_id);
    expect((await api.ask('GET', '/orchestrate/of-ann', undefined, as(key))).status).toBe(401);
  });
});
