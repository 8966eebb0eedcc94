import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asker, synthesis, turn, use, work, workerOptions } from '../agents/setup.ts';
import { startService, type TestService } from '../cli/service.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { planOf } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';

/** Of twenty people who decide at once one is the first; the others are told who, what and when. */

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;
interface Told {
  actor: string;
  status: number;
  body: Body;
}

const DECIDERS = 20;
let service: TestService;
let fake: FakeAnthropic;
let people: { actor: string; key: string }[];
beforeAll(async () => {
  fake = await startFakeAnthropic();
  service = await startService(workerOptions(fake, { agents: [asker()] }));
  people = await Promise.all(
    Array.from({ length: DECIDERS }, async (_, index) => {
      const name = `p${index}`;
      const { key } = await service.worker.store.createKey({ owner: 'ann', name, role: 'admin' });
      return { actor: `ann/${name}`, key };
    }),
  );
});
afterAll(async () => {
  await service?.close();
  await fake?.close();
});

/** Says it again when nobody could take it in time: under the same key it counts once. */
async function ask(
  { actor, key }: { actor: string; key: string },
  method: string,
  path: string,
  sent?: object,
): Promise<Told> {
  const idempotency = method === 'POST' ? { 'idempotency-key': randomUUID() } : {};
  const authorization = `Bearer ${key}`;
  for (;;) {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json', ...idempotency },
      ...(sent ? { body: JSON.stringify(sent) } : {}),
    });
    const body = (await response.json()) as Body;
    if (response.status !== 503) return { actor, status: response.status, body };
  }
}
const get = async (path: string): Promise<Body> => (await ask(people[0]!, 'GET', path)).body;
const everybody = (path: string, sent: (index: number) => object): Promise<Told[]> =>
  Promise.all(people.map((person, index) => ask(person, 'POST', path, sent(index))));

async function submit(tasks: Parameters<typeof planOf>[0], rest: object = {}): Promise<string> {
  const plan = planOf(tasks);
  const { body } = await ask(people[0]!, 'POST', '/orchestrate/submit', {
    ...{ title: 'A gate', description: 'Forge it', plan, on_task_failure: 'continue', ...rest },
  });
  return body.job_id;
}
async function waits(job_id: string, kind: string): Promise<Body> {
  return await until(
    async () =>
      (await get(`/orchestrate/${job_id}/approvals`)).approvals.find((one: Body) => one.kind === kind),
    { what: `${kind} of ${job_id} to wait` },
  );
}

/** Exactly one decided, and all others were told so, by message and as data. */
function oneWon(told: Told[], words: string): Told {
  const won = told.filter(({ status }) => status === 200);
  expect(won.map(({ actor }) => actor)).toHaveLength(1);
  const [winner] = won;
  for (const { status, body } of told.filter((one) => one !== winner)) {
    expect([status, body.error.code]).toEqual([409, 'conflict']);
    expect(body.error.decision).toEqual({
      ...{ actor: winner!.actor, what: words },
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    expect(body.error.message).toContain(`${winner!.actor} ${words} at ${body.error.decision.at}`);
  }
  return winner!;
}

test('a plan is approved once', async () => {
  const job_id = await submit([{ task_id: 't', agent: 'human' }]);
  oneWon(await everybody(`/orchestrate/${job_id}/approve`, () => ({})), 'approved version 1 of the plan');
  const [first] = await everybody(`/orchestrate/${job_id}/approvals/plan-1`, () => ({ decision: 'deny' }));
  expect(first!.body.error.decision.what).toBe('approved version 1 of the plan');
});

test('who approved the plan is no reason why a job that has ended is not paused', async () => {
  const job_id = await submit([{ task_id: 't', agent: 'human' }]);
  expect((await ask(people[0]!, 'POST', `/orchestrate/${job_id}/approve`, {})).status).toBe(200);
  await waits(job_id, 'human_task');
  const done = await ask(people[0]!, 'POST', `/orchestrate/${job_id}/task/t/complete`, { output: 'x' });
  expect(done.status).toBe(200);
  await until(async () => (await get(`/orchestrate/${job_id}`)).status === 'completed', { what: 'the end' });
  const sent = { pause: {}, budget: { add_usd: 1 }, finish: {}, messages: { to: 'all', content: 'x' } };
  for (const [name, body] of Object.entries(sent)) {
    const late = await ask(people[1]!, 'POST', `/orchestrate/${job_id}/${name}`, body);
    const message = expect.stringMatching(/^the job is completed; nothing can be changed any more\.?$/i);
    expect(late.body, name).toEqual({ error: { code: 'conflict', message, fields: [] } });
  }
});

test('nor is who rejected a version of it', async () => {
  const job_id = await submit([{ task_id: 't', agent: 'human' }], { approval: 'every_version' });
  expect((await ask(people[0]!, 'POST', `/orchestrate/${job_id}/approve`, {})).status).toBe(200);
  await waits(job_id, 'human_task');
  const add = [{ task_id: 'more', title: 'More', agent: 'human' }];
  expect((await ask(people[0]!, 'PATCH', `/orchestrate/${job_id}/plan`, { add })).status).toBe(200);
  await waits(job_id, 'plan');
  expect((await ask(people[1]!, 'POST', `/orchestrate/${job_id}/reject`, {})).status).toBe(200);
  const done = await ask(people[0]!, 'POST', `/orchestrate/${job_id}/task/t/complete`, { output: 'x' });
  expect(done.status).toBe(200);
  await until(async () => (await get(`/orchestrate/${job_id}`)).status === 'completed', { what: 'the end' });
  for (const [name, body] of Object.entries({ pause: {}, budget: { add_usd: 1 }, finish: {} })) {
    const late = await ask(people[2]!, 'POST', `/orchestrate/${job_id}/${name}`, body);
    expect([late.status, late.body.error.decision], name).toEqual([409, undefined]);
  }
  const late = await ask(people[2]!, 'POST', `/orchestrate/${job_id}/reject`, {});
  expect(late.body.error.decision.what).toBeDefined();
});

test('a plan that one rejects and another approves is one of both, also when its job has closed', async () => {
  const job_id = await submit([{ task_id: 't', agent: 'human' }]);
  const path = `/orchestrate/${job_id}/approvals/plan-1`;
  const told = await everybody(path, () => ({ decision: 'deny', reason: 'not now' }));
  oneWon(told, 'rejected the plan');
  await until(async () => (await get(`/orchestrate/${job_id}`)).status === 'rejected', { what: 'the end' });
  const late = await ask(people[3]!, 'POST', `/orchestrate/${job_id}/approve`, {});
  expect(late).toMatchObject({ status: 409, body: { error: { decision: { what: 'rejected the plan' } } } });
});

test.each([
  ['approve', "approved the task 't'"],
  ['deny', "rejected the task 't'"],
])('a gate is decided once: %s', async (decision, what) => {
  const job_id = await submit([{ task_id: 't', approval: 'required' }], { auto_approve: true });
  const { approval_id } = await waits(job_id, 'gate');
  oneWon(await everybody(`/orchestrate/${job_id}/approvals/${approval_id}`, () => ({ decision })), what);
});

test('a human task is done once', async () => {
  const job_id = await submit([{ task_id: 't', agent: 'human' }], { auto_approve: true });
  await waits(job_id, 'human_task');
  const told = await everybody(`/orchestrate/${job_id}/task/t/complete`, (index) => ({
    output: `by ${index}`,
  }));
  const winner = oneWon(told, "completed the task 't'");
  await until(async () => (await get(`/orchestrate/${job_id}`)).status === 'completed', { what: 'the end' });
  const { tasks } = await get(`/orchestrate/${job_id}`);
  expect(tasks[0].output_preview).toBe(`by ${winner.actor.slice('ann/p'.length)}`);
  const late = await ask(people[0]!, 'POST', `/orchestrate/${job_id}/approvals/human-t`, {
    decision: 'approve',
  });
  expect(late.body.error.decision).toMatchObject({ actor: winner.actor, what: "completed the task 't'" });
});

test('a call of a tool and a question are decided once; a person sees the whole of a long call', async () => {
  const long = `: ${'ä'.repeat(6000)}; echo END`;
  fake.expect(
    turn('Ask two things', {
      tool_use: [use('bash', { command: long }), use('ask_human', { question: 'Which?' })],
    }),
    turn('Ask two things', { text: 'I see.' }),
    synthesis(),
  );
  const job_id = await submit([work('t', 'Ask two things', { agent: 'asker' })], { auto_approve: true });
  const call = await waits(job_id, 'tool_call');
  const question = await waits(job_id, 'question');
  expect(call).toMatchObject({ prompt: 'asker wants to use bash', arguments: { command: long } });
  const inAll = await until(
    async () => (await get('/approvals')).approvals.find((one: Body) => one.approval_id === call.approval_id),
    { what: 'the list of all jobs to have it' },
  );
  expect(inAll).toEqual(call);

  const path = (id: string) => `/orchestrate/${job_id}/approvals/${encodeURIComponent(id)}`;
  const answered = await everybody(path(question.approval_id), (index) => ({
    ...{ decision: 'approve', answer: `number ${index}` },
  }));
  oneWon(answered, 'answered it');
  const allowed = await everybody(path(call.approval_id), () => ({ decision: 'approve' }));
  const winner = oneWon(allowed, 'approved it');
  await until(async () => (await get(`/orchestrate/${job_id}`)).status === 'completed', {
    ...{ timeoutMs: 60_000, what: 'the end' },
  });
  const late = await ask(people[5]!, 'POST', path(call.approval_id), { decision: 'deny' });
  expect([late.status, late.body.error.decision.actor]).toEqual([409, winner.actor]);
  const unknown = await ask(people[5]!, 'POST', path('ask-t-1-1-nothing'), { decision: 'deny' });
  expect(unknown.status).toBe(409);
});

test('what a cancel ended tells who cancelled; to cancel again is no mistake', async () => {
  const job_id = await submit([{ task_id: 't', agent: 'human' }], { auto_approve: true });
  await waits(job_id, 'human_task');
  const [first, ...more] = await everybody(`/orchestrate/${job_id}/cancel`, () => ({ reason: 'enough' }));
  for (const { status, body } of [first!, ...more]) {
    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  }
  const late = await everybody(`/orchestrate/${job_id}/task/t/complete`, () => ({ output: 'x' }));
  for (const { status, body } of late) {
    expect([status, body.error.decision.what]).toEqual([409, 'cancelled the job']);
    expect(body.error.message).toMatch(/^The job is cancelled; .*; ann\/p\d+ cancelled the job at /);
  }
});
