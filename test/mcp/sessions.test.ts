import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFrames } from '../../client/sse.ts';
import type { Role } from '../../contracts/access.ts';
import { agentNamed, turn } from '../agents/setup.ts';
import { type McpWorld, startMcpWorld } from './setup.ts';

let world: McpWorld;
const keys: Record<string, string> = {};
beforeAll(async () => {
  world = await startMcpWorld({ agents: [agentNamed('tester', { tools: [] })] });
  const make = async (owner: string, role: Role) => {
    keys[`${owner}/${role}`] = (await world.worker.store.createKey({ owner, name: role, role })).key;
  };
  await make('ann', 'operator');
  await make('ann', 'viewer');
  await make('bob', 'operator');
  await make('root', 'admin');
}, 60_000);
afterAll(() => world.close());

const ann = () => keys['ann/operator']!;
const bob = () => keys['bob/operator']!;
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
const readJson = async (path: string, headers: Record<string, string>): Promise<any> =>
  (await fetch(world.url + path, { headers })).json();
const worker = (task: string) => ({ task, kind: 'worker', workerId: 'tester' });

describe.each(['http', 'stdio'] as const)('over %s', (transport) => {
  test('a session outlives the API and the worker, with its tasks, memory and project', async () => {
    const mcp = await world.connect(transport, { api_key: ann(), project: `p-${transport}` });
    const about = `across restarts ${transport}`;
    world.fake.expect(turn(about, { text: 'slow '.repeat(10), pause_ms: 100 }));
    const memory = { key: 'kept', value: transport };
    const put = await mcp.call('task_start', { task: 'Keep', op: 'memory.put', memory });
    const { data } = await mcp.call('task_start', worker(about));
    await world.stopApi();
    await world.startApi();
    const peeked = await mcp.call('task_peek', { taskId: put.data.taskId });
    expect(peeked.data.status).toBe('succeeded');
    expect(peeked.more[0]).toContain(data.taskId);
    await world.worker.restart();
    const done = await mcp.call('task_await', { taskId: data.taskId, timeoutMs: 60_000 });
    expect(done.data.status).toBe('succeeded');
    await world.stopApi();
    await world.startApi();
    expect((await mcp.call('task_peek', { taskId: data.taskId })).data).toEqual(done.data);
    const read = await mcp.client.readResource({ uri: 'orchestrator://memory/project' });
    expect(JSON.parse((read.contents[0] as { text: string }).text)).toMatchObject({
      project: `p-${transport}`,
      entries: [memory],
    });
    await mcp.close();
  }, 60_000);

  test('an owner sees nothing of another owner, and stops nothing of theirs', async () => {
    const mine = await world.connect(transport, { api_key: ann() });
    const other = await world.connect(transport, { api_key: bob() });
    const about = `private ${transport}`;
    world.fake.expect(turn(about, { text: 'private result' }));
    const { data } = await mine.call('task_start', worker(about));
    const op = { task: 'Secret', op: 'memory.put', memory: { key: 'secret', value: 'x', scope: 'global' } };
    const put = await mine.call('task_start', op);
    for (const taskId of [data.taskId, put.data.taskId]) {
      for (const name of ['task_peek', 'task_await', 'task_cancel']) {
        const { isError, text } = await other.call(name, { taskId });
        expect([isError, text]).toEqual([true, expect.stringMatching(/There is no (job|task)/)]);
      }
    }
    const again = await other.call('task_start', { ...worker('Go on'), continueRunId: data.taskId });
    expect(again.isError).toBe(true);
    for (const view of ['tasks', 'status', 'output']) {
      expect((await other.call('task_list', { view, limit: 200 })).text).not.toContain(data.taskId);
    }
    const { resources } = await other.client.listResources();
    expect(JSON.stringify(resources)).not.toContain(data.taskId);
    await expect(
      other.client.readResource({ uri: `orchestrator://tasks/${data.taskId}/status` }),
    ).rejects.toThrow(/no job/);
    const memory = await other.client.readResource({ uri: 'orchestrator://memory/global' });
    expect((memory.contents[0] as { text: string }).text).not.toContain('secret');
    expect((await mine.call('task_await', { taskId: data.taskId })).data.responseText).toBe('private result');
    await Promise.all([mine.close(), other.close()]);
  });

  test('a viewer looks, and starts or stops nothing; without a key there is no session', async () => {
    const viewer = await world.connect(transport, { api_key: keys['ann/viewer']!, plans: true });
    expect((await viewer.call('task_list')).isError).toBe(false);
    for (const [name, input] of [
      ['task_start', { task: 'x' }],
      ['task_cancel', { taskId: 'x' }],
      ['plan_tasks', { task: 'x' }],
    ] as const) {
      const { isError, text } = await viewer.call(name, input);
      expect([isError, text]).toEqual([true, expect.stringContaining('operator')]);
    }
    await viewer.close();
    await expect(world.connect(transport)).rejects.toThrow(/API key|401/);
  });

  test('the opt-in set has plan_tasks and two prompts; its plan is a task like all others', async () => {
    const plain = await world.connect(transport, { api_key: ann() });
    const denied = await plain.call('plan_tasks', { task: 'x' });
    expect([denied.isError, denied.text]).toEqual([true, expect.stringMatching(/task_start.*task_await/)]);
    await plain.close();
    const mcp = await world.connect(transport, { api_key: ann(), plans: true });
    const { tools } = await mcp.client.listTools();
    expect(tools.map(({ name }) => name).slice(5)).toEqual(['plan_tasks']);
    const about = `plan ${transport}`;
    world.fake.expect(
      {
        prompt_includes: about,
        structured: true,
        reply: {
          type: 'message',
          json: { subtasks: [{ description: `part of ${about}`, agent: 'tester', dependencies: [] }] },
        },
      },
      turn(`part of ${about}`, { text: 'the part' }),
      { prompt_includes: about, structured: false, reply: { type: 'message', text: 'put together' } },
    );
    const { data } = await mcp.call('plan_tasks', { task: about, maxSubtasks: 2 });
    expect(data).toEqual({ planId: expect.any(String) });
    const done = await mcp.call('task_await', { taskId: data.planId, timeoutMs: 60_000 });
    expect([done.data.status, done.data.error]).toEqual(['succeeded', null]);
    const status = await mcp.client.getPrompt({ name: 'plan-status', arguments: { planId: data.planId } });
    expect((status.messages[0]!.content as { text: string }).text).toContain('"completed"');
    const start = await mcp.client.getPrompt({ name: 'orchestrate', arguments: { task: 'A thing' } });
    expect((start.messages[0]!.content as { text: string }).text).toContain('plan_tasks');
    await expect(mcp.client.getPrompt({ name: 'orchestrate' })).rejects.toThrow(/needs: task/);
    const headers = { authorization: `Bearer ${ann()}` };
    const seen = await readJson(`/v1/orchestrate/${data.planId}`, headers);
    expect(seen.plan.status).toBe('completed');
    await mcp.close();
  }, 60_000);
});

test('the session of another owner is not there, nor one that has ended', async () => {
  const mcp = await world.connect('http', { api_key: ann() });
  const transport = mcp.client.transport as StreamableHTTPClientTransport;
  const id = transport.sessionId!;
  const post = (
    session: string | null,
    api_key: string,
    message: object,
    more: Record<string, string> = {},
  ) =>
    fetch(`${world.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${api_key}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...(session === null ? {} : { 'mcp-session-id': session }),
        ...more,
      },
      body: JSON.stringify(message),
    });
  const list = { jsonrpc: '2.0', id: 7, method: 'tools/list' };
  expect((await post(id, ann(), list)).status).toBe(200);
  expect((await post(id, bob(), list)).status).toBe(404);
  expect((await post('unknown', ann(), list)).status).toBe(404);
  expect((await post(null, ann(), list)).status).toBe(400);
  expect((await post(id, ann(), { nothing: 'of it' })).status).toBe(400);
  expect((await post(id, ann(), list, { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await post(id, ann(), list, { accept: 'application/json' })).status).toBe(406);
  const wrong = await post('unknown', ann(), list);
  expect(await wrong.json()).toMatchObject({ error: { code: 'not_found', fields: [] } });
  await transport.terminateSession();
  expect((await post(id, ann(), list)).status).toBe(404);
});

test('the workflow of a task is no task of this API, whoever asks', async () => {
  const mcp = await world.connect('http', { api_key: keys['root/admin']! });
  world.fake.expect(turn('is looked into', { text: 'slow '.repeat(10), pause_ms: 100 }));
  const { data } = await mcp.call('task_start', worker('is looked into'));
  const job = `/orchestrate/${data.taskId}`;
  const headers = { authorization: `Bearer ${keys['root/admin']}` };
  await expect.poll(async () => (await readJson(job, headers)).stats?.running, { timeout: 30_000 }).toBe(1);
  const { tasks } = await readJson(job, headers);
  for (const [name, more] of Object.entries({
    task_peek: {},
    task_cancel: {},
    task_await: { timeoutMs: 1 },
  })) {
    const told = await mcp.call(name, { taskId: `${data.taskId}/task-${tasks[0].task_id}`, ...more });
    expect([told.isError, told.data.error.code], name).toEqual([true, 'not_found']);
  }
  expect((await mcp.call('task_await', { taskId: data.taskId })).data.status).toBe('succeeded');
  await mcp.close();
});

test('a request that is sent again in a session starts nothing twice', async () => {
  const mcp = await world.connect('http', { api_key: ann() });
  const { sessionId } = mcp.client.transport as StreamableHTTPClientTransport;
  world.fake.expect(turn('sent twice', { text: 'once' }));
  const send = async () => {
    const response = await fetch(`${world.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${ann()}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-session-id': sessionId!,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 'again',
        method: 'tools/call',
        params: { name: 'task_start', arguments: worker('sent twice') },
      }),
    });
    const text = await response.text();
    const data = text.split('\n').find((line) => line.startsWith('data: '))!;
    return JSON.parse(data.slice('data: '.length)).result.structuredContent.taskId;
  };
  const first = await send();
  expect(await send()).toBe(first);
  const done = await mcp.call('task_await', { taskId: first });
  expect(done.data.responseText).toBe('once');
  await mcp.close();
});

test('the program goes on with a request whose connection broke', async () => {
  const mcp = await world.connect('stdio', { api_key: ann() });
  world.fake.expect(turn('while the API is away', { text: 'slow '.repeat(25), pause_ms: 100 }));
  const { data } = await mcp.call('task_start', worker('while the API is away'));
  const said: string[] = [];
  const waiting = mcp.call(
    'task_await',
    { taskId: data.taskId, timeoutMs: 40_000 },
    { onprogress: ({ message }) => said.push(message ?? '') },
  );
  await expect.poll(() => said.length, { timeout: 10_000 }).toBeGreaterThan(0);
  await world.stopApi();
  await world.startApi();
  expect((await waiting).data.status).toBe('succeeded');
  await mcp.close();
}, 60_000);

test('the events are live in the words of this API, and go on after the last one that was received', async () => {
  const mcp = await world.connect('http', { api_key: ann() });
  const headers = { authorization: `Bearer ${ann()}`, accept: 'text/event-stream' };
  const stop = new AbortController();
  const open = async (query: string, more: Record<string, string> = {}) => {
    const init = { headers: { ...headers, ...more }, signal: stop.signal };
    const response = await fetch(`${world.url}/v1/events${query}`, init);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    return readFrames(response.body!);
  };
  const live = await open('?after=latest');
  world.fake.expect(turn('live events', { text: 'told' }));
  const { data } = await mcp.call('task_start', worker('live events'));
  const seen: { id: string; event: string; taskId: string }[] = [];
  for await (const { id, event, data: text } of live) {
    const said = JSON.parse(text);
    if (said.taskId === data.taskId) seen.push({ id: id!, event: event!, taskId: said.taskId });
    if (event === 'orchestra.task.succeeded' && said.taskId === data.taskId) break;
  }
  expect(seen.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['orchestra.task.started', 'orchestra.step.started', 'orchestra.step.succeeded']),
  );
  const again = await open('', { 'last-event-id': seen[0]!.id });
  for await (const { id } of again) {
    expect(Number(id)).toBeGreaterThan(Number(seen[0]!.id));
    break;
  }
  stop.abort();
  await mcp.close();
}, 60_000);

test('a task is one story in all APIs', async () => {
  const mcp = await world.connect('http', { api_key: ann() });
  world.fake.expect(turn('one story', { text: 'told' }));
  const { data } = await mcp.call('task_start', worker('one story'));
  const done = await mcp.call('task_await', { taskId: data.taskId });
  const headers = { authorization: `Bearer ${ann()}` };
  const get = (path: string) => readJson(path, headers);
  const job = await get(`/orchestrate/${data.taskId}/status`);
  expect(job).toMatchObject({
    status: 'completed',
    origin: { face: 'tasks', kind: 'worker', worker: 'tester' },
  });
  expect([job.created_at, job.finished_at]).toEqual([done.data.startedAt, done.data.finishedAt]);
  const plan = await get(`/v1/orchestrate/${data.taskId}`);
  expect([plan.plan.status, plan.subtasks[0].result]).toEqual(['completed', 'told']);
  const listed = (await get('/orchestrate/jobs')).jobs[0];
  expect(listed).toMatchObject({ job_id: data.taskId, origin: { kind: 'worker' } });
  await mcp.close();
});

test('a session keeps little of what its client says of itself; too much is refused', async () => {
  const begin = (params: object) =>
    fetch(`${world.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${keys['ann/viewer']!}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
    });
  const much = 'x'.repeat(200_000);
  const said = {
    protocolVersion: '2025-06-18',
    clientInfo: { name: much, version: '1', description: much },
    capabilities: { roots: { listChanged: true }, experimental: { much: { much } } },
  };
  const taken = await begin(said);
  await taken.text();
  const kept = await world.worker.store.useToolSession(taken.headers.get('mcp-session-id')!);
  expect(kept?.settings).toMatchObject({
    initialize: {
      protocolVersion: said.protocolVersion,
      clientInfo: { name: 'x'.repeat(200), version: '1' },
      capabilities: { roots: { listChanged: true } },
    },
  });
  expect(JSON.stringify(kept).length).toBeLessThan(5000);
  const refused = await begin({ ...said, capabilities: { sampling: {}, tasks: { much: { much } } } });
  expect(await refused.text()).toMatch(/-32602.*capabilities.*4096 bytes/);
});
