import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_LIVE } from '../../api/compatibility/mcp/sessions.ts';
import { whileInForce } from '../../api/events/in-force.ts';
import { AgentRegistration } from '../../contracts/registry.ts';
import { until } from '../setup/until.ts';
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
    [{ host: '127.0.0.1.' }, 403],
    [{ host: '127.999.1.1' }, 403],
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
    api = await startLoneApi({ loopback: false, key_check_ms: 20 });
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

  test('has nothing signed with a secret of the service, on the word of an operator', async () => {
    const webhook = { url: 'https://example.com/hook', secret: '${secret:HOOK}' };
    const job = { title: 'A job', description: 'to be done' };
    for (const [path, field, body] of [
      ['/webhooks/test', 'secret', (hook: object) => hook],
      ['/orchestrate/submit', 'webhook.secret', (hook: object) => ({ ...job, webhook: hook })],
      [
        '/orchestrate',
        'metadata.webhook.secret',
        (hook: object) => ({ ...job, task_id: 't1', priority: 'low', metadata: { webhook: hook } }),
      ],
    ] as const) {
      const refused = await api.ask('POST', path, body(webhook), as(ann));
      expect(refused.status, path).toBe(403);
      expect(refused.body.error).toMatchObject({
        code: 'forbidden',
        fields: [{ path: field, issue: expect.stringContaining('GET /webhooks/secret') }],
      });
    }
  });

  test("registers no agent on the task queue of another owner's agent", async () => {
    const agent = { agent_id: 'b', agent_name: 'B', task_queue: 'bobs-queue' };
    await api.store.registerAgent('bob', AgentRegistration.parse(agent));
    const answer = await api.ask('POST', '/agents', { ...agent, agent_id: 'a' }, as(ann));
    expect(answer).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', fields: [{ path: 'task_queue' }] } },
    });
  });

  test("an admin removes another owner's agent by naming the owner; nobody else does", async () => {
    const { key } = await api.store.createKey({ owner: 'root', name: '', role: 'admin' });
    const agent = { agent_id: 'theirs', agent_name: 'Theirs', base_url: 'https://example.com' };
    await api.store.registerAgent('bob', AgentRegistration.parse(agent));
    const remove = (as_key: string, query: string) =>
      api.ask('DELETE', `/agents/theirs${query}`, undefined, as(as_key));
    expect((await remove(ann, '?owner=bob')).status).toBe(404);
    expect((await remove(key, '')).status).toBe(404);
    expect(await remove(key, '?owner=bob')).toMatchObject({ status: 200, body: { status: 'removed' } });
    expect(await api.store.listAgents('bob')).not.toContainEqual(
      expect.objectContaining({ agent_id: 'theirs' }),
    );
  });

  test('a revoked one is none', async () => {
    const { key, key_id } = await api.store.createKey({ owner: 'ann', name: 'old' });
    expect((await api.ask('GET', '/orchestrate/of-ann', undefined, as(key))).status).toBe(200);
    await api.store.revokeKey(key_id);
    expect((await api.ask('GET', '/orchestrate/of-ann', undefined, as(key))).status).toBe(401);
  });

  test.each(['/events', '/events?jobs=of-ann:0', '/v1/events', '/mcp'])(
    'a stream of a revoked one ends, another goes on: %s',
    async (path) => {
      const made = await api.store.createKey({ owner: 'ann', name: 'old' });
      const [ending, going] = [await open(path, made.key), await open(path, ann)];
      await api.store.revokeKey(made.key_id);
      await ended(ending);
      expect(await Promise.race([ended(going).then(() => 'ended'), twoChecks()])).toBe('goes on');
      await going.cancel();
    },
  );

  test('so many sessions over MCP of an owner are served at once; one that is used is taken up again', async () => {
    const openIn = async (headers: Record<string, string>) => {
      const accept = 'text/event-stream';
      const { body } = await api.app.request('/mcp', { headers: { ...headers, accept } });
      return body!.getReader();
    };
    const first = { ...as(ann), ...(await session(ann)) };
    const [oldest, others] = [await openIn(first), await open('/mcp', bob)];
    for (let n = 0; n < MAX_LIVE; n += 1) await session(ann);
    await ended(oldest);
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const accept = 'application/json, text/event-stream';
    expect((await api.ask('POST', '/mcp', list, { ...first, accept })).status).toBe(200);
    expect(await Promise.race([ended(others).then(() => 'ended'), twoChecks()])).toBe('goes on');
    await others.cancel();
  });

  /** Opens a stream; that of `/mcp` in a session of its own. */
  async function open(path: string, key: string) {
    const headers = { ...as(key), accept: 'text/event-stream' };
    const response = await api.app.request(path, {
      headers: { ...headers, ...(path === '/mcp' ? await session(key) : {}) },
    });
    expect(response.status).toBe(200);
    return response.body!.getReader();
  }

  async function session(key: string) {
    const clientInfo = { name: 'a test', version: '1' };
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
    const accept = 'application/json, text/event-stream';
    const message = { jsonrpc: '2.0', id: 1, method: 'initialize', params };
    const { headers } = await api.ask('POST', '/mcp', message, { ...as(key), accept });
    return { 'mcp-session-id': headers.get('mcp-session-id')! };
  }

  async function ended(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    while (!(await reader.read()).done);
  }

  /** After the keys of open streams were looked at again, twice. */
  async function twoChecks(): Promise<'goes on'> {
    const { store } = api;
    const checking = store.findKey;
    let left = 2;
    await new Promise<void>((resolve) => {
      store.findKey = async (key) => {
        const found = await checking(key);
        left -= 1;
        if (left === 0) resolve();
        return found;
      };
    });
    store.findKey = checking;
    return 'goes on';
  }
});

test('a stream that never pauses ends too, and so does one that nobody reads', async () => {
  let cancelled = 0;
  const busy = () =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise(setImmediate);
        controller.enqueue(new Uint8Array(1));
      },
      cancel() {
        cancelled += 1;
      },
    });
  const ofNobody = whileInForce(busy(), async () => false, 5);
  const reader = whileInForce(busy(), async () => false, 5).getReader();
  while (!(await reader.read()).done);
  await until(() => cancelled === 2, { what: 'both to be let go of' });
  expect((await ofNobody.getReader().read()).done).toBe(true);
});

test('what was opened without a key ends when the first one is made', async () => {
  const api = await startLoneApi({ key_check_ms: 20 });
  const { body } = await api.app.request('/events');
  await api.store.createKey({ owner: 'ann', name: 'first', role: 'admin' });
  const reader = body!.getReader();
  while (!(await reader.read()).done);
  await api.close();
});
