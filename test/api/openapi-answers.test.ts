import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, startLoneApi, type TestApi } from './setup.ts';

/** Each operation, asked in ways that it refuses, with and without a key, answers as the OpenAPI document says. */

interface Operation {
  parameters?: { name: string; in: string }[];
  requestBody?: object;
  responses: Record<string, { content?: Record<string, unknown> }>;
  security?: object[];
}

let open: TestApi;
let closed: TestApi;
let operations: [string, string, Operation][];
beforeAll(async () => {
  open = await startApi();
  closed = await startLoneApi();
  await closed.store.createKey({ owner: 'ann', name: '', role: 'admin' });
  const { body } = await open.ask('GET', '/openapi.json');
  operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, of]): [string, string, Operation] => [
        method.toUpperCase(),
        path,
        of,
      ]),
  );
});
afterAll(async () => {
  await open?.close();
  await closed?.close();
});

/** What an operation answers, once there are headers: a stream of events would not end. */
async function statusOf(api: TestApi, path: string, init: RequestInit): Promise<[number, string]> {
  const response = await api.app.request(path.replaceAll(/\{\w+\}/g, 'unknown'), init);
  await response.body?.cancel();
  return [response.status, response.headers.get('content-type')?.split(';')[0] ?? ''];
}

test('those that say that they need no key need none, and all others do', async () => {
  const free = operations.filter(([, , { security }]) => security?.length === 0);
  expect(free.map(([method, path]) => `${method} ${path}`).sort()).toEqual([
    'GET /callbacks/{token}/bundle',
    'GET /healthz',
    'GET /readyz',
    'GET /v1/healthz',
    'POST /callbacks/{token}',
    'PUT /callbacks/{token}/bundle',
  ]);
  for (const [method, path, { security, responses }] of operations) {
    const [status] = await statusOf(closed, path, { method });
    expect([`${method} ${path}`, status === 401]).toEqual([`${method} ${path}`, security === undefined]);
    expect([path, '401' in responses]).toEqual([path, security === undefined]);
  }
});

const json = { 'content-type': 'application/json' };
const WAYS: Record<string, { query?: string; body?: string; headers?: Record<string, string> }> = {
  'as it is': { body: '{}', headers: json },
  'with an unknown query': { query: '?nobody_knows=1', body: '{}', headers: json },
  'with a body that does not parse': { body: '{', headers: json },
  'with a body of null': { body: 'null', headers: json },
  'with a body of another type': { body: 'x', headers: { 'content-type': 'image/png' } },
  'with a body that is too large': { body: JSON.stringify({ x: 'x'.repeat(3_000_000) }), headers: json },
  'from a page of another origin': { body: '{}', headers: { ...json, origin: 'https://example.com' } },
};

test.each(Object.keys(WAYS))('asked %s, each gives one of its answers', async (way) => {
  const { query = '', body, headers } = WAYS[way]!;
  for (const [method, path, { responses }] of operations) {
    const sent = method === 'GET' ? { headers } : { headers, body };
    const [status, type] = await statusOf(open, path + query, { method, ...sent });
    const told = `${method} ${path}: ${status} ${type}`;
    const types = Object.keys(responses[status]?.content ?? {});
    expect([told, String(status) in responses]).toEqual([told, true]);
    if (types.length > 0) expect([told, types.includes(type)]).toEqual([told, true]);
  }
});
