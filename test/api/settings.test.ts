import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAIN_QUEUE, MODEL_QUEUE, WEBHOOK_QUEUE } from '../../contracts/names.ts';
import { until } from '../setup/until.ts';
import { startApi, startLoneApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

test('routing is the file’s until somebody sets it; mistakes are named by field and change nothing', async () => {
  const read = () => api.ask('GET', '/settings/routing');
  expect((await read()).body).toMatchObject({ source: 'config', updated_at: null, warnings: [] });
  const worker_model = { provider: 'gemini', model: 'gemini-flash' };
  const bad = await api.ask('PUT', '/settings/routing', {
    worker_model: { provider: 'nobody', model: 'x' },
    auto_tier: true,
    else: 1,
  });
  expect(bad.status).toBe(400);
  expect(bad.body.error.fields.map(({ path }: { path: string }) => path)).toEqual(
    expect.arrayContaining(['worker_model.provider', 'else']),
  );
  expect((await read()).body.source).toBe('config');
  const put = await api.ask('PUT', '/settings/routing', { worker_model });
  expect(put).toMatchObject({ status: 200, body: { source: 'settings', routing: { worker_model } } });
  // no key of Gemini is set here
  expect(put.body.warnings[0]).toContain('worker_model: ');
  expect((await read()).body).toEqual(put.body);
});

test('the engine is described as it is, with queues that have a worker, and one that is away', async () => {
  const body = await until(
    async () => {
      const told = (await api.ask('GET', '/settings/engine')).body;
      const isPolled = ({ workers }: { workers: number | null }) => workers === 1;
      return told.temporal.task_queues.every(isPolled) && told;
    },
    { timeoutMs: 60_000, what: 'all queues to have a worker' },
  );
  const { address, namespace } = api.worker;
  expect(body).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    node_version: process.versions.node,
    temporal: { address, namespace, reachable: true, server_version: expect.stringMatching(/^\d+\./) },
    database: { kind: 'sqlite', reachable: true },
    commands: 'on',
  });
  expect(body.temporal.task_queues).toEqual(
    [MAIN_QUEUE, MODEL_QUEUE, WEBHOOK_QUEUE].map((name) => ({
      name,
      workers: 1,
      waiting: expect.any(Number),
    })),
  );
  const lone = await startLoneApi({ config: { commands: 'off' } });
  const away = (await lone.ask('GET', '/settings/engine')).body;
  await lone.close();
  expect(away).toMatchObject({
    temporal: { reachable: false, server_version: null },
    database: { reachable: true },
    commands: 'off',
  });
  expect(away.temporal.task_queues[0]).toEqual({ name: MAIN_QUEUE, workers: null, waiting: null });
});

test('everybody is told who they are and what they may do', async () => {
  const lone = await startLoneApi();
  const me = async (key?: string) =>
    (await lone.ask('GET', '/me', undefined, key === undefined ? {} : { authorization: `Bearer ${key}` }))
      .body;
  expect(await me()).toEqual({ owner: 'local', actor: 'local', role: 'admin' });
  const { key } = await lone.store.createKey({ owner: 'ann', name: 'laptop', role: 'viewer' });
  expect(await me(key)).toEqual({ owner: 'ann', actor: 'ann/laptop', role: 'viewer' });
  await lone.close();
});
