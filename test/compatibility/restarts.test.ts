import { readFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { dataDir } from '../../config/data-dir.ts';
import { patientClient } from '../chaos/client.ts';
import { type System, startSystem } from '../chaos/system.ts';
import { startAgent } from '../http-agent/setup.ts';
import { until } from '../setup/until.ts';

const TIMEOUT_MS = 90_000;
const VICTIMS = ['api', 'worker', 'temporal'] as const;

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;

let system: System;
let agent: Awaited<ReturnType<typeof startAgent>>;
let mcp: Client;
beforeAll(async () => {
  system = await startSystem(inject('temporalBinary'), {
    files: { 'orchestrator.yaml': 'tools: {allow_private_hosts: [127.0.0.1]}\n' },
  });
  // it takes every brief, and answers when the test says so
  agent = await startAgent((response) => response.writeHead(202).end());
  mcp = new Client({ name: 'a test', version: '1' });
  await mcp.connect(new StreamableHTTPClientTransport(new URL(`${system.url()}/mcp?project=restarts`)));
}, 180_000);
afterAll(async () => {
  await mcp?.close().catch(() => undefined);
  await agent?.stop();
  await system?.cleanUp();
});

/** Like every client of a service that restarts: asks again until it is answered. */
const patiently = <T>(ask: () => Promise<T>, what: string) => until(ask, { timeoutMs: TIMEOUT_MS, what });

async function tool(name: string, input: object): Promise<Body> {
  return await patiently(async () => {
    const { structuredContent, isError, content } = await mcp.callTool({ name, arguments: { ...input } });
    if (isError) throw new Error(JSON.stringify(content));
    return structuredContent as Body;
  }, name);
}

/** What changes by itself: elapsed time, health, signs of life. */
const LIVE = ['elapsed_seconds', 'durationMs', 'health', 'last_heartbeat_at', 'ts'];
const still = (value: unknown): Body =>
  JSON.parse(JSON.stringify(value, (key, of) => (LIVE.includes(key) ? undefined : of)));

test('a restart of any process between two requests changes no answer of any API', {
  timeout: 400_000,
}, async () => {
  onTestFailed(() => console.log(system.output().slice(-5000)));
  const api = patientClient(system.url);
  const register = () =>
    api.post('/agents', {
      agent_id: 'smith',
      agent_name: 'Smith',
      base_url: agent.url,
      capabilities: [{ name: 'forge', tags: ['iron'] }],
      sla_seconds: 3000,
      max_concurrency: 8,
    });
  expect((await register()).status).toBe(201);

  const request = { task_id: 'gate', title: 'A gate', description: '- Have @smith forge the gate' };
  const { body: planned } = await api.post('/orchestrate', request);
  const { body: started } = await api.post('/v1/orchestrate', {
    taskDescription: '1. Have @smith cut the iron\n2. Have @smith bend it',
  });
  const { taskId } = await tool('task_start', { task: 'Sharpen the knife', workerId: 'smith' });
  const memory = { key: 'style', value: 'baroque' };
  const put = await tool('task_start', { task: 'Remember', op: 'memory.put', memory });

  const plan = async () => (await api.get(`/v1/orchestrate/${started.planId}`)).body;
  const brokered = async () => (await api.get('/tasks/gate')).body;
  const briefs = (about: string) => agent.received.filter(({ brief }) => brief.description.includes(about));
  const answer = async (about: string) => {
    const { callback_url } = briefs(about)[0]!.brief;
    const answered = await api.post(new URL(callback_url).pathname, { output: `${about}: done` });
    expect(answered.status).toBe(200);
  };

  /** Everything that the APIs say now. */
  async function conversation(): Promise<Body> {
    const resource = await patiently(
      () => mcp.readResource({ uri: 'orchestrator://memory/project' }),
      'the memory',
    );
    const { body } = await api.get('/agents');
    return still({
      agents: body.agents,
      again: (await api.post('/orchestrate', request)).body,
      brokered: await brokered(),
      plan: await plan(),
      plans: (await api.get('/v1/orchestrate/plans')).body,
      health: (await api.get('/v1/healthz')).body,
      task: await tool('task_peek', { taskId }),
      operation: await tool('task_peek', { taskId: put.taskId }),
      tasks: await tool('task_list', { format: 'json' }),
      memory: resource.contents,
    });
  }

  async function outlivesRestarts(): Promise<void> {
    let before = '';
    // lists come from summaries that follow within a second
    await until(
      async () => {
        const now = JSON.stringify(await conversation());
        const same = now === before;
        before = now;
        return same;
      },
      { timeoutMs: TIMEOUT_MS, what: 'the answers to stay' },
    );
    for (const victim of VICTIMS) {
      await system.kill(victim);
      await system.isBack();
      expect(await conversation(), `after a restart of ${victim}`).toEqual(JSON.parse(before));
    }
    // as an agent does all along
    expect((await api.post('/agents/smith/heartbeat', {})).status).toBe(200);
  }

  await until(() => briefs('cut the iron')[0] && briefs('Sharpen the knife')[0], {
    timeoutMs: TIMEOUT_MS,
    what: 'the first briefs',
  });
  expect(planned.status).toBe('planned');
  await outlivesRestarts();

  expect((await api.post('/execute/gate', {})).body).toEqual({ task_id: 'gate', status: 'running' });
  await answer('cut the iron');
  await until(() => briefs('forge the gate')[0] && briefs('bend it')[0], {
    timeoutMs: TIMEOUT_MS,
    what: 'the next briefs',
  });
  await outlivesRestarts();

  for (const about of ['forge the gate', 'bend it', 'Sharpen the knife']) await answer(about);
  // one API waits for the jobs of all
  const taskIds = [planned.job_id, started.planId, taskId];
  const { tasks: ended } = await tool('task_await', { taskIds, timeoutMs: 50_000 });
  expect(ended.map(({ status }: Body) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  await outlivesRestarts();
  // nothing was begun twice
  for (const about of ['cut the iron', 'bend it', 'forge the gate', 'Sharpen the knife']) {
    expect(briefs(about), about).toHaveLength(1);
  }

  const lines = readFileSync(dataDir(system.folder).log, 'utf8').trim().split('\n');
  const log = lines.map((line) => JSON.parse(line));
  expect(log).toContainEqual(
    expect.objectContaining({
      job_id: planned.job_id,
      task_id: 'gate',
      subtask_id: 'smith::gate::1',
      msg: expect.stringContaining('task.completed'),
    }),
  );
  expect(log).toContainEqual(
    expect.objectContaining({ job_id: planned.job_id, task_id: 'gate', msg: 'job.completed' }),
  );
});
