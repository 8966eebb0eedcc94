import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { callsAbout, fault, turn, workerOptions } from '../agents/setup.ts';
import { startLoneApi } from '../api/setup.ts';
import { jsonCli } from '../cli/run.ts';
import { startService, type TestService } from '../cli/service.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import type { StepInput } from '../fakes/anthropic-script.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';

let fake: FakeAnthropic;
let service: TestService;
beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: 'sk-ant-fake-0123456789' });
  service = await startService(workerOptions(fake, {}));
}, 60_000);
afterAll(async () => {
  await service?.close();
  await fake?.close();
});
afterEach(() => fake.assertDone());

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;
async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(service.url + path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}
const read = async (id: string): Promise<Body> => (await ask('GET', `/v1/orchestrate/${id}`)).body;
const start = async (body: object, headers?: Record<string, string>): Promise<string> => {
  const answer = await ask('POST', '/v1/orchestrate', body, headers);
  expect(answer).toMatchObject({ status: 202, body: { planId: expect.any(String) } });
  expect(Object.keys(answer.body)).toEqual(['planId']);
  return answer.body.planId;
};
const reach = (id: string, ...statuses: string[]): Promise<Body> =>
  until(
    async () => {
      const answer = await read(id);
      return statuses.includes(answer.plan.status) ? answer : undefined;
    },
    { timeoutMs: 60_000, what: `plan ${id} to be ${statuses}` },
  );

/** The planner's answer to a request that says `about`. */
const planner = (about: string | string[], json: unknown): StepInput => ({
  prompt_includes: about,
  system_includes: 'split the request into subtasks',
  structured: true,
  reply: { type: 'message', json },
});
const report = (about: string | string[], text: string): StepInput => ({
  system_includes: 'write the report',
  prompt_includes: about,
  structured: false,
  reply: { type: 'message', text },
});
const subtask = (description: string, dependencies: number[] = [], agent = 'general') => ({
  description,
  agent,
  dependencies,
});
/** What the agent of a subtask is asked. */
const does = (description: string, text: string) => turn(`# Your task: ${description}`, { text });
const refuses = (description: string) =>
  turn(`# Your task: ${description}`, { text: 'No.', stop_reason: 'refusal' });

describe('a plan', { timeout: 120_000 }, () => {
  test('is made, carried out and put together by itself; dependents are told what came before', async () => {
    const from = fake.calls.length;
    fake.expect(
      planner('Write about tea', {
        subtasks: [
          subtask('Collect facts on tea', [], 'build'),
          subtask('Collect prices of tea', [], 'researcher'),
          subtask('Write the tea page', [0, 1]),
        ],
      }),
      does('Collect facts on tea', 'Tea is a leaf.'),
      does('Collect prices of tea', 'Tea costs 5.'),
      does('Write the tea page', 'Tea is a leaf that costs 5.'),
      report('Write about tea', 'The page on tea is written.'),
    );
    const planId = await start({
      taskDescription: 'Write about tea',
      maxSubtasks: 4,
      parentSessionId: 'chat-7',
      colour: 'green',
    });
    const { plan, subtasks } = await reach(planId, 'completed', 'failed');
    expect(plan).toEqual({
      id: planId,
      status: 'completed',
      taskDescription: 'Write about tea',
      parentSessionId: 'chat-7',
      result: 'The page on tea is written.',
      createdAt: expect.any(String),
      completedAt: expect.any(String),
    });
    expect(subtasks.map(({ startedAt, completedAt, ...rest }: Body) => rest)).toEqual([
      {
        index: 0,
        status: 'completed',
        description: 'Collect facts on tea',
        agent: 'general',
        dependencies: [],
        result: 'Tea is a leaf.',
      },
      {
        index: 1,
        status: 'completed',
        description: 'Collect prices of tea',
        agent: 'researcher',
        dependencies: [],
        result: 'Tea costs 5.',
      },
      {
        index: 2,
        status: 'completed',
        description: 'Write the tea page',
        agent: 'general',
        dependencies: [0, 1],
        result: 'Tea is a leaf that costs 5.',
      },
    ]);
    // the two run side by side; the third begins the moment that the last of them ends
    const [facts, prices, page] = subtasks.map(({ startedAt, completedAt }: Body) => ({
      from: Date.parse(startedAt),
      to: Date.parse(completedAt),
    }));
    expect(prices.from).toBeLessThan(facts.to);
    const ready = Math.max(facts.to, prices.to);
    expect(page.from).toBeGreaterThanOrEqual(ready);
    expect(page.from - ready).toBeLessThan(2000);

    const [asked] = callsAbout(fake, '# Your task: Write the tea page').slice(-1);
    expect(asked!.body.messages.map(({ content }) => JSON.stringify(content)).join()).toContain(
      JSON.stringify(
        'Context from previous steps:\nSubtask 1: Collect facts on tea\nResult:\nTea is a leaf.\nSubtask 2: Collect prices of tea\nResult:\nTea costs 5.\n',
      ).slice(1, -1),
    );
    expect(JSON.stringify(fake.calls[from]!.body.system)).toContain('At most 4 subtasks');
  });

  test('may come as a bare list; wrong ones are sent back to the planner with what is wrong', async () => {
    fake.expect(
      planner('Mend the roof', [subtask('a', [5]), subtask('b', [1]), subtask('c', [], 'nobody')]),
      planner(['Mend the roof', 'subtask-6', 'nobody', 'at most 2'], [subtask('Mend it all')]),
      does('Mend it all', 'Mended.'),
      report('Mend the roof', 'The roof is mended.'),
    );
    const planId = await start({ taskDescription: 'Mend the roof', maxSubtasks: 2 });
    expect((await reach(planId, 'completed', 'failed')).plan.result).toBe('The roof is mended.');
  });

  test('fails with a reason when the planner makes none', async () => {
    fake.expect(
      planner('Do what cannot be planned', {}),
      planner('Do what cannot be planned', { subtasks: [] }),
      planner('Do what cannot be planned', { subtasks: [{ description: '' }] }),
    );
    const { plan, subtasks } = await reach(
      await start({ taskDescription: 'Do what cannot be planned' }),
      'failed',
      'completed',
    );
    expect(plan).toMatchObject({ status: 'failed', reason: expect.stringContaining('planning') });
    expect(plan).not.toHaveProperty('result');
    expect(subtasks).toEqual([]);
  });

  test('goes on without what failed, and the synthesis is told what that was', async () => {
    fake.expect(
      planner('Sail around the world', {
        subtasks: [subtask('Buy a boat'), subtask('Sail the boat', [0]), subtask('Draw a map')],
      }),
      refuses('Buy a boat'),
      does('Draw a map', 'A map.'),
      report(['Sail around the world', '(failed): Buy a boat', '(skipped): Sail the boat'], 'No boat.'),
    );
    const { plan, subtasks } = await reach(
      await start({ taskDescription: 'Sail around the world' }),
      'completed',
      'failed',
    );
    expect(plan).toMatchObject({ status: 'completed', result: 'No boat.' });
    expect(subtasks.map(({ status, reason }: Body) => [status, reason])).toEqual([
      ['failed', expect.stringContaining('declined')],
      ['failed', 'dependency_failed'],
      ['completed', undefined],
    ]);
  });

  test('fails when nothing of it succeeds, and waits for nobody', async () => {
    fake.expect(planner('Forge a coin', { subtasks: [subtask('Forge it')] }), refuses('Forge it'));
    const { plan } = await reach(await start({ taskDescription: 'Forge a coin' }), 'failed', 'completed');
    expect(plan).toMatchObject({ status: 'failed', reason: expect.stringContaining('subtask-1') });
  });

  test('is given three minutes to be planned and ten for each subtask, all attempts together', async () => {
    fake.expect(
      planner('Boil an egg', { subtasks: [subtask('Boil it')] }),
      does('Boil it', 'Boiled.'),
      report('Boil an egg', 'One egg.'),
    );
    const planId = await start({ taskDescription: 'Boil an egg' });
    await reach(planId, 'completed', 'failed');
    const plan = (await ask('GET', `/orchestrate/${planId}/plan`)).body;
    expect(plan.tasks[0]).toMatchObject({ total_timeout_seconds: 600, timeout_seconds: 600 });
    const { history } = await service.worker.client.workflow
      .getHandle(`job-${planId}`)
      .fetchHistory()
      .then((h) => ({ history: h }));
    const timers = history.events!.map((event) =>
      Number(event.timerStartedEventAttributes?.startToFireTimeout?.seconds ?? 0),
    );
    expect(timers).toContain(180);
  });
});

describe('where it can not be done', { timeout: 60_000 }, () => {
  test('planning that takes too long ends the plan', async () => {
    fake.expect({ ...planner('Think for ever', {}), reply: { type: 'hang' } });
    const job = await startJob(service.worker, {
      description: 'Think for ever',
      plan_form: 'steps',
      attended: false,
      planning_seconds: 1,
    });
    const view = await job.reach('failed', 'completed');
    expect(view.error).toMatchObject({ code: 'planning_timeout' });
    expect((await read(job.job_id)).plan.reason).toContain('1 s');
  });

  test('without a model rules plan it, and what needs one has failed', async () => {
    const poor = await startService();
    const post = await fetch(`${poor.url}/v1/orchestrate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ taskDescription: '1. Ask @human\n2. Publish with approval', maxSubtasks: 2 }),
    });
    const { planId } = (await post.json()) as { planId: string };
    const answer = await until(
      async () => {
        const body = (await (await fetch(`${poor.url}/v1/orchestrate/${planId}`)).json()) as Body;
        return body.plan.status === 'failed' || body.plan.status === 'completed' ? body : undefined;
      },
      { what: 'the plan to end' },
    );
    const listed = async (status: string): Promise<Body[]> => {
      const list = (await (await fetch(`${poor.url}/v1/orchestrate/plans?status=${status}`)).json()) as Body;
      return list.plans.filter(({ id }: Body) => id === planId);
    };
    const [found] = await until(
      async () => {
        const plans = await listed('failed');
        return plans.length > 0 && plans;
      },
      { what: 'the list to have it as failed' },
    );
    expect(found.reason).toBe(answer.plan.reason);
    expect(found.reason).toContain(' ');
    expect(await listed('executing')).toEqual([]);
    await poor.close();
    expect(answer.plan).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^ask-human failed: No model provider is set up/),
    });
    expect(answer.subtasks.map(({ status }: Body) => status)).toEqual(['failed', 'failed']);
    expect(answer.subtasks[0].reason).toMatch(/provider|model/);
  });
});

describe('requests', { timeout: 60_000 }, () => {
  test.each([
    [{}, 'taskDescription'],
    [{ taskDescription: '  ' }, 'taskDescription'],
    [{ taskDescription: 5 }, 'taskDescription'],
    [{ taskDescription: 'x'.repeat(100_001) }, 'taskDescription'],
    [{ taskDescription: 'a', maxSubtasks: 11 }, 'maxSubtasks'],
    [{ taskDescription: 'a', maxSubtasks: 0 }, 'maxSubtasks'],
    [{ taskDescription: 'a', maxSubtasks: 1.5 }, 'maxSubtasks'],
    [{ taskDescription: 'a', maxSubtasks: '3' }, 'maxSubtasks'],
    [{ taskDescription: 'a', parentSessionId: 7 }, 'parentSessionId'],
  ])('%.70j is refused by name, and starts nothing', async (body, path) => {
    const before = (await ask('GET', '/v1/orchestrate/plans')).body.plans;
    const answer = await ask('POST', '/v1/orchestrate', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'validation', fields: [{ path }] });
    expect((await ask('GET', '/v1/orchestrate/plans')).body.plans).toEqual(before);
  });

  test.each([
    ['POST', '/v1/orchestrate', '{', { 'content-type': 'application/json' }, 400],
    ['POST', '/v1/orchestrate', 'a=b', { 'content-type': 'text/plain' }, 415],
    ['GET', '/v1/orchestrate/nothing-like-it', undefined, {}, 404],
    ['GET', '/v1/orchestrate/NOT%20AN%20ID', undefined, {}, 404],
    ['GET', '/v1/orchestrate/plans?status=done', undefined, {}, 400],
    ['GET', '/v1/orchestrate/plans?limit=0', undefined, {}, 400],
    ['GET', '/v1/orchestrate/plans?limit=many', undefined, {}, 400],
    ['DELETE', '/v1/orchestrate/plans', undefined, {}, 405],
    ['GET', '/v1/orchestrate', undefined, {}, 405],
    ['GET', '/v1/nowhere', undefined, {}, 404],
  ] as const)('%s %s %j: %j gets %i', async (method, path, body, headers, status) => {
    const answer = await ask(method, path, body, headers);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({
      code: expect.any(String),
      message: expect.any(String),
      fields: expect.any(Array),
    });
  });

  test('health is told, and 503 without Temporal', async () => {
    const { status, body } = await ask('GET', '/v1/healthz');
    expect({ status, body }).toEqual({ status: 200, body: { ok: true, ts: expect.any(String) } });
    expect(Math.abs(Date.parse(body.ts) - Date.now())).toBeLessThan(60_000);
    const lone = await startLoneApi();
    const down = await lone.ask('GET', '/v1/healthz');
    expect(down).toMatchObject({ status: 503, body: { ok: false } });
    expect(down.headers.get('retry-after')).toBeTruthy();
    await lone.close();
  });

  test('health is 503 while the database is away', async () => {
    const lone = await startLoneApi();
    await lone.store.close();
    const down = await lone.ask('GET', '/v1/healthz');
    expect(down).toMatchObject({ status: 503, body: { ok: false, ts: expect.any(String) } });
    await lone.close();
  });

  test('a bearer token means nothing where the server has no keys', async () => {
    const headers = { authorization: 'Bearer of-somebody' };
    const answer = await ask('GET', '/v1/orchestrate/plans?limit=1', undefined, headers);
    expect(answer).toMatchObject({ status: 200, body: { plans: expect.any(Array) } });
  });
});

describe('whatever happens in between', { timeout: 120_000 }, () => {
  test('the same key starts one plan, however often and at once it is sent', async () => {
    fake.expect(
      planner('Count to one', { subtasks: [subtask('Count')] }),
      does('Count', 'One.'),
      report('Count to one', 'Counted.'),
    );
    const headers = { 'idempotency-key': 'count' };
    const body = { taskDescription: 'Count to one' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask('POST', '/v1/orchestrate', body, headers)),
    );
    expect(new Set(answers.map((answer) => answer.body.planId)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 202]);
    await reach(answers[0]!.body.planId, 'completed');
    const other = await ask('POST', '/v1/orchestrate', { taskDescription: 'Count to two' }, headers);
    expect(other).toMatchObject({ status: 409, body: { error: { code: 'idempotency_conflict' } } });
  });

  test('a restart of API and worker changes no answer', async () => {
    fake.expect(
      planner('Cross the river', { subtasks: [subtask('Build a raft'), subtask('Row over', [0])] }),
      does('Build a raft', 'A raft.'),
      fault('# Your task: Row over', { type: 'hang' }),
      does('Row over', 'Over.'),
      report('Cross the river', 'On the other side.'),
    );
    const planId = await start({ taskDescription: 'Cross the river' });
    const rowing = await until(
      async () => {
        const answer = await read(planId);
        return answer.subtasks?.[1]?.status === 'running' &&
          callsAbout(fake, '# Your task: Row over').length > 0
          ? answer
          : undefined;
      },
      { timeoutMs: 60_000, what: 'the second subtask to be under way' },
    );
    expect(rowing.plan.status).toBe('executing');
    expect(rowing.subtasks[0]).toMatchObject({ status: 'completed', result: 'A raft.' });
    await service.stopApi();
    await service.startApi();
    expect(await read(planId)).toEqual(rowing);
    await service.worker.restart();
    const done = await reach(planId, 'completed', 'failed');
    expect(done.plan).toMatchObject({ status: 'completed', result: 'On the other side.' });
    const list = await until(
      async () => {
        const { body } = await ask('GET', '/v1/orchestrate/plans?status=completed&limit=1');
        return body.plans[0]?.id === planId && body;
      },
      { what: 'the list to have it' },
    );
    expect(list.plans).toMatchObject([{ id: planId, taskDescription: 'Cross the river' }]);
    await service.worker.stopWorker();
    await service.stopApi();
    await service.startApi();
    expect(await read(planId)).toEqual(done);
    expect((await ask('GET', '/v1/orchestrate/plans?status=completed&limit=1')).body).toEqual(list);
    await service.worker.restart();
  });

  test('a job tells one story through this API and the canonical one', async () => {
    const submitted = await ask('POST', '/orchestrate/submit', {
      title: 'A job of the other API',
      description: 'Two people do it',
      approval: 'required',
      plan: {
        tasks: [
          { task_id: 'first', title: 'First', agent: 'human' },
          { task_id: 'second', title: 'Second', agent: 'human', depends_on: ['first'] },
        ],
      },
    });
    const { job_id } = submitted.body;
    expect((await read(job_id)).plan.status).toBe('planning');
    await ask('POST', `/orchestrate/${job_id}/approve`, {});
    await ask('POST', `/orchestrate/${job_id}/task/first/complete`, { output: 'It is done.' });
    const { plan, subtasks } = await read(job_id);
    expect(plan).toMatchObject({
      status: 'executing',
      taskDescription: 'Two people do it',
      parentSessionId: null,
    });
    expect(subtasks).toMatchObject([
      { index: 0, status: 'completed', description: 'First', result: 'It is done.' },
      { index: 1, dependencies: [0], agent: 'human' },
    ]);
    // it is found by its id, and is no plan of those that were started here
    const listed = async () => (await ask('GET', '/v1/orchestrate/plans?limit=500')).body.plans;
    expect(await listed()).not.toContainEqual(expect.objectContaining({ id: job_id }));
    await ask('POST', `/orchestrate/${job_id}/cancel`, { reason: 'enough' });
    expect((await read(job_id)).plan).toMatchObject({ status: 'failed', reason: expect.any(String) });
    expect(await listed()).not.toContainEqual(expect.objectContaining({ id: job_id }));
  });

  test('the job that is its parent session is told of the end, and no other one', async () => {
    const parent = await startJob(service.worker, {
      approval: 'auto',
      plan: planOf([{ task_id: 'waiting', agent: 'human' }]),
    });
    fake.expect(
      planner('Peel an apple', { subtasks: [subtask('Peel it')] }),
      does('Peel it', 'Peeled.'),
      report('Peel an apple', 'One peeled apple.'),
      planner('Peel a pear', { subtasks: [subtask('Peel that')] }),
      does('Peel that', 'Peeled.'),
      report('Peel a pear', 'One peeled pear.'),
    );
    const [apple, pear] = await Promise.all([
      start({ taskDescription: 'Peel an apple', parentSessionId: parent.job_id }),
      start({ taskDescription: 'Peel a pear', parentSessionId: 'chat-8' }),
    ]);
    await Promise.all([reach(apple, 'completed'), reach(pear, 'completed')]);
    const sent = async (planId: string) => {
      const { workflow } = service.worker.client;
      const { events } = await workflow.getHandle(`job-${planId}`).fetchHistory();
      return events!.flatMap(({ signalExternalWorkflowExecutionInitiatedEventAttributes: signal }) =>
        signal?.signalName === 'send_message'
          ? [{ to: signal.workflowExecution?.workflowId, said: String(signal.input?.payloads?.[0]?.data) }]
          : [],
      );
    };
    expect(await sent(pear)).toEqual([]);
    expect(await sent(apple)).toEqual([
      { to: `job-${parent.job_id}`, said: expect.stringContaining('One peeled apple.') },
    ]);
    expect(JSON.stringify(await parent.events())).toContain('send_message');
    await parent.update('cancel');
  });

  test('the command line starts a plan and reads it', async () => {
    fake.expect(
      planner('Bake bread', { subtasks: [subtask('Bake it')] }),
      does('Bake it', 'Baked.'),
      report('Bake bread', 'One loaf.'),
    );
    const { url } = service;
    const { planId } = await jsonCli(['orchestrate', 'Bake bread', '--max-subtasks', '2'], { url });
    await reach(planId, 'completed');
    const told = await jsonCli(['plan-status', planId], { url });
    expect(told).toMatchObject({ plan: { status: 'completed', result: 'One loaf.' } });
  });
});
