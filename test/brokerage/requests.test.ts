import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { openStage, type Stage } from './setup.ts';

let stage: Stage;
let ask: Stage['ask'];
beforeAll(async () => {
  stage = await openStage();
  ask = stage.ask;
  await stage.agent('smith');
}, 60_000);
afterAll(() => stage.close());

const REQUEST = { title: 'A gate', description: '- Have @smith forge the gate' };
const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe('POST /orchestrate', () => {
  test('a key that was used for another task_id is a conflict, also when both come at once', async () => {
    const headers = { 'idempotency-key': 'one key' };
    const send = (task_id: string) => ask('POST', '/orchestrate', { ...REQUEST, task_id }, headers);
    const answers = await Promise.all(['key-1', 'key-2'].map(send));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [first, second] = answers[0]!.status === 200 ? ['key-1', 'key-2'] : ['key-2', 'key-1'];
    expect((await send(first)).status).toBe(200);
    expect((await send(second)).body).toMatchObject({ error: { code: 'idempotency_conflict' }, fields: [] });
    expect((await ask('GET', `/tasks/${second}`)).status).toBe(404);
    expect((await ask('POST', '/orchestrate', { ...REQUEST, task_id: second })).status).toBe(200);
  });

  test('a key counts also where the task was submitted without one', async () => {
    const headers = { 'idempotency-key': 'late key' };
    const body = { ...REQUEST, task_id: 'key-3' };
    expect((await ask('POST', '/orchestrate', body)).status).toBe(200);
    const differs = await ask('POST', '/orchestrate', { ...body, title: 'B' }, headers);
    expect([differs.status, differs.body.warnings[0]]).toEqual([
      200,
      expect.stringContaining('title differs'),
    ]);
    expect((await ask('POST', '/orchestrate', { ...body, title: 'C' }, headers)).status).toBe(409);
  });

  test("the priority is the job's", async () => {
    for (const [priority, key] of [
      ['critical', 1],
      ['low', 4],
    ] as const) {
      const task_id = `priority-${priority}`;
      const { body } = await ask('POST', '/orchestrate', { ...REQUEST, task_id, priority });
      const handle = stage.service.worker.client.workflow.getHandle(`job-${body.job_id}`);
      expect((await handle.describe()).priority?.priorityKey).toBe(key);
    }
  });

  test('metadata is told to the agents, whatever it has', async () => {
    const agent = await stage.agent('reader', (response) => response.writeHead(202).end());
    const metadata = { requester: 'ada', context: { colour: 'red' }, team: 'iron' };
    const description = '- Have @reader look at it';
    await ask('POST', '/orchestrate', { task_id: 'meta-1', title: 'M', description, metadata });
    await ask('POST', '/execute/meta-1', {});
    const { brief } = await until(() => agent.received[0], { what: 'the brief' });
    const context = await ask('GET', new URL(brief.context_url).pathname);
    expect(context.body).toMatchObject({ job: { title: 'M', description, context: metadata } });
    await ask('POST', new URL(brief.callback_url).pathname, { output: 'read' });
    await stage.reach('meta-1', 'completed');
  });

  test.each([
    ['an array', [], ['']],
    ['text', '"x"', ['']],
    ['metadata that is no object', { ...REQUEST, task_id: 'x', metadata: 'x' }, ['metadata']],
    ['a task_id of two lines', { ...REQUEST, task_id: 'a\nb' }, ['task_id']],
    ['a title of blanks', { ...REQUEST, task_id: 'x', title: '  ' }, ['title']],
  ])('%s is refused', async (_, body, fields) => {
    const answer = await ask('POST', '/orchestrate', body, { 'content-type': 'application/json' });
    expect(answer.status).toBe(400);
    expect(answer.body.fields.map(({ field }: { field: string }) => field)).toEqual(fields);
  });

  test.each([
    [{ 'idempotency-key': 'ü' }, 'Idempotency-Key'],
    [{ prefer: 'wait=long' }, 'Prefer'],
  ])('a header that makes no sense is named: %j', async (headers, field) => {
    const answer = await ask('POST', '/orchestrate', { ...REQUEST, task_id: 'head-1' }, headers);
    expect([answer.status, answer.body.fields[0].field]).toEqual([400, field]);
    expect((await ask('GET', '/tasks/head-1')).status).toBe(404);
  });
});

describe('POST /execute/{task_id}', () => {
  test('sent many times at once it begins once, and the agent is sent one brief', async () => {
    const agent = await stage.agent('once');
    await stage.plan('once-1', [{ agent: 'once' }]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('POST', '/execute/once-1', {})));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { job_id } = await stage.reach('once-1', 'completed');
    expect(agent.received).toHaveLength(1);
    const accept = { accept: 'application/json' };
    const { events } = (await ask('GET', `/orchestrate/${job_id}/events`, undefined, accept)).body;
    const types = events.map(({ type }: { type: string }) => type);
    expect(types.filter((type: string) => type === 'job.approved')).toHaveLength(1);
  });

  test('a task that nobody takes goes on with the agent that a retry names', async () => {
    await stage.plan('other-1', [{ capabilities: ['no such skill'] }]);
    const { status, body } = await ask('POST', '/execute/other-1', {});
    expect(status).toBe(503);
    const retry = await ask('POST', `/orchestrate/${body.job_id}/task/s0/retry`, { agent: 'smith' });
    expect(retry.status).toBe(200);
    const done = await stage.reach('other-1', 'completed');
    // the id was fixed when it was planned
    expect(done.subtasks[0]).toMatchObject({ agent: 'smith', subtask_id: 'any::other-1::1' });
  });

  test.each([
    [{ checkpoints: 'smith::x::1' }, ['checkpoints']],
    [{ execution_mode: 'AUTO', checkpoints: [1] }, ['execution_mode', 'checkpoints.0']],
  ])('%j is refused by field', async (body, fields) => {
    const answer = await ask('POST', '/execute/once-1', body);
    expect(answer.status).toBe(400);
    expect(answer.body.fields.map(({ field }: { field: string }) => field)).toEqual(fields);
  });
});

describe('GET /tasks/{task_id}', () => {
  test.each([
    ['a day that is over', day(-1), false],
    ['today, until its end', day(0), true],
    ['a moment that is over', new Date(Date.now() - 60_000).toISOString(), false],
    ['nothing', undefined, null],
  ])('on_time by a due_date of %s', async (name, due_date, on_time) => {
    const task_id = `due ${name}`;
    const metadata = due_date === undefined ? {} : { due_date };
    await ask('POST', '/orchestrate', { ...REQUEST, task_id, metadata });
    const { metrics } = (await ask('GET', `/tasks/${encodeURIComponent(task_id)}`)).body;
    expect(metrics.on_time).toBe(on_time);
  });

  test('artifacts are told with their subtask, and results whole', async () => {
    const content = 'A drawing. '.repeat(500);
    await stage.agent('artist', (response) => {
      const answer = { output: content, artifacts: [{ name: 'drawing.txt', content }] };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    await stage.plan('art-1', [{ agent: 'artist' }]);
    await ask('POST', '/execute/art-1', {});
    const done = await stage.reach('art-1', 'completed');
    const [{ subtask_id, outputs, started_at, finished_at }] = done.subtasks;
    expect(outputs).toEqual({ output: content });
    expect(Date.parse(finished_at)).toBeGreaterThanOrEqual(Date.parse(started_at));
    const artifact = done.artifacts.find(({ name }: { name: string }) => name === 'drawing.txt');
    expect(artifact).toMatchObject({ subtask_id, size_bytes: content.length });
    const read = await fetch(
      `${stage.service.url}/orchestrate/${done.job_id}/artifacts/${artifact.artifact_id}`,
    );
    expect(await read.text()).toBe(content);
  });
});

describe('GET /agents', () => {
  const load = async (agent_id: string) => {
    const { agents } = (await ask('GET', '/agents')).body;
    return agents.find((one: { agent_id: string }) => one.agent_id === agent_id).load;
  };

  test('load counts what an agent works on, of the roster too', async () => {
    const held = await stage.agent('busy', (response) => response.writeHead(202).end());
    const { body } = await stage.plan('load-1', [
      { agent: 'busy' },
      { agent: 'command', command: 'sleep 60' },
      { agent: 'command', command: 'sleep 60' },
    ]);
    await ask('POST', '/execute/load-1', {});
    await until(() => held.received.length === 1, { what: 'the brief' });
    const both = { what: 'the loads' };
    await until(async () => (await load('command')) === 2 && (await load('busy')) === 1, both);
    expect((await ask('POST', `/orchestrate/${body.job_id}/cancel`, {})).status).toBe(200);
    await until(async () => (await load('command')) === 0 && (await load('busy')) === 0, both);
  });

  test.each([
    ['GET', '/agents?health=fine', ['health']],
    ['GET', '/agents?skill=forge', ['skill']],
    ['GET', '/agents?health=online&health=offline', ['health']],
  ])('%s %s is refused by field', async (method, path, fields) => {
    const answer = await ask(method, path);
    expect(answer.status).toBe(400);
    expect(answer.body.fields.map(({ field }: { field: string }) => field)).toEqual(fields);
  });
});

// the last one: from here on every request needs a key
test('a task_id is one of its owner: for another one it is not there, or another task', async () => {
  const { createKey } = stage.service.worker.store;
  const keyOf = async (owner: string) => {
    const { key } = await createKey({ owner, name: '', role: 'operator' });
    return { authorization: `Bearer ${key}` };
  };
  const [ann, bob] = [await keyOf('ann'), await keyOf('bob')];
  const body = { ...REQUEST, task_id: 'mine', description: '- Ask @human' };
  const first = await ask('POST', '/orchestrate', body, ann);
  expect((await ask('GET', '/tasks/mine', undefined, bob)).status).toBe(404);
  expect((await ask('GET', `/tasks/${first.body.job_id}`, undefined, bob)).status).toBe(404);
  expect((await ask('POST', `/execute/${first.body.job_id}`, {}, bob)).status).toBe(404);
  const second = await ask('POST', '/orchestrate', body, bob);
  expect(second.body.warnings).toEqual(first.body.warnings);
  expect(second.body.job_id).not.toBe(first.body.job_id);
  expect((await ask('GET', '/tasks/mine')).status).toBe(401);
});
