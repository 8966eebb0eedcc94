import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi } from './setup.ts';

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
