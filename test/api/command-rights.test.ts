import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../contracts/access.ts';
import { API_KEY, synthesis, turn, use, workerOptions } from '../agents/setup.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startApi, type Told } from './setup.ts';

// With API keys in force a command runs on the word of an admin only, whatever way it comes in.

let fake: FakeAnthropic;
let api: Awaited<ReturnType<typeof startApi>>;
const keys = {} as Record<Role, Record<string, string>>;

beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: API_KEY });
  const options = { config: { planner_commands: 'allow' as const } };
  const worker = workerOptions(fake, options);
  api = await startApi({ config: options.config, worker });
  for (const role of ['viewer', 'operator', 'admin'] as const) {
    const { key } = await api.store.createKey({ owner: 'ann', name: role, role });
    keys[role] = { authorization: `Bearer ${key}` };
  }
});
afterAll(async () => {
  await api.close();
  await fake.close();
});
afterEach(() => fake.assertDone());

const as = (role: Role, method: string, path: string, body?: unknown) =>
  api.ask(method, path, body, keys[role]);

const HUMAN = { task_id: 'ask', title: 'Ask', agent: 'human' };
const COMMAND = { task_id: 'run', title: 'Run', agent: 'command', command: ['echo', 'ran'] };
/** no model reports on it */
const OFFLINE = { provider: 'offline' } as const;
const submission = (rest: object) => ({ title: 'A job', description: 'to be done', ...rest });

async function submit(role: Role, rest: object): Promise<string> {
  const { status, body } = await as(role, 'POST', '/orchestrate/submit', submission(rest));
  expect(status, JSON.stringify(body)).toBe(201);
  return body.job_id;
}

const view = async (job_id: string) => (await as('admin', 'GET', `/orchestrate/${job_id}/status`)).body;
const reach = (job_id: string, status: string) =>
  until(async () => (await view(job_id)).status === status && (await view(job_id)), {
    what: `${job_id} to be ${status}`,
  });
const plan = async (job_id: string) => (await as('admin', 'GET', `/orchestrate/${job_id}/plan`)).body;
const fieldsOf = ({ status, body }: Told): string[] => {
  expect(status, JSON.stringify(body)).toBe(403);
  expect(body.error).toMatchObject({ code: 'forbidden', message: expect.stringContaining('an admin') });
  for (const { issue } of body.error.fields) expect(issue).toContain("needs an admin's key");
  return body.error.fields.map(({ path }: { path: string }) => path);
};

describe('a key of an operator', () => {
  test('submits nothing that runs commands; each place is named, and nothing is started', async () => {
    const before = (await as('admin', 'GET', '/orchestrate/jobs')).body.total;
    const answer = await as(
      'operator',
      'POST',
      '/orchestrate/submit',
      submission({
        acceptance_criteria: ['good', { text: 'tested', command: 'true' }],
        agents: [{ agent_id: 'mine', role: 'worker', specialty: 'coder', tools: ['read_file', 'bash'] }],
        plan: {
          tasks: [HUMAN, COMMAND],
          acceptance_criteria: [{ text: 'tested too', command: ['true'] }],
        },
      }),
    );
    expect(fieldsOf(answer).sort()).toEqual([
      'acceptance_criteria.1.command',
      'agents.0.tools.1',
      'plan.acceptance_criteria.0.command',
      'plan.tasks.1.command',
    ]);
    expect((await as('admin', 'GET', '/orchestrate/jobs')).body.total).toBe(before);
  });

  test('nor by the API of projects', async () => {
    const answer = await as('operator', 'POST', '/projects', {
      title: 'Mine',
      goal: 'to be done',
      agents: [{ agent_id: 'mine', specialty: 'coder', tools: ['bash'] }],
    });
    expect(fieldsOf(answer)).toEqual(['agents.0.tools.0']);
  });

  test('brings no command into a plan, changes none, and may leave those that are there', async () => {
    const job = await submit('admin', { ...OFFLINE, plan: { tasks: [HUMAN, COMMAND] } });
    const put = (tasks: object[], rest = {}) =>
      as('operator', 'PUT', `/orchestrate/${job}/plan`, { tasks, ...rest });
    for (const changed of [
      { command: ['echo', 'other'] },
      { env: { A: 'b' } },
      { cwd: '/tmp' },
      { task_id: 'second' },
    ])
      expect(fieldsOf(await put([HUMAN, { ...COMMAND, ...changed }]))).toEqual(['tasks.1.command']);
    expect(
      fieldsOf(await put([HUMAN], { acceptance_criteria: [{ text: 'tested', command: 'true' }] })),
    ).toEqual(['acceptance_criteria.0.command']);
    const patch = (change: object) => as('operator', 'PATCH', `/orchestrate/${job}/plan`, change);
    expect(fieldsOf(await patch({ add: [{ ...COMMAND, task_id: 'more' }] }))).toEqual(['add.0.command']);
    expect(fieldsOf(await patch({ change: [{ task_id: 'run', command: 'id' }] }))).toEqual([
      'change.0.command',
    ]);
    expect(fieldsOf(await patch({ change: [{ task_id: 'ask', agent: 'command', command: 'id' }] }))).toEqual([
      'change.0.command',
    ]);
    expect((await plan(job)).version).toBe(1);
    expect((await put([{ ...HUMAN, title: 'Ask well' }, COMMAND])).status).toBe(200);
    expect((await as('operator', 'POST', `/orchestrate/${job}/cancel`)).status).toBe(200);
  });

  test('approves what an admin submitted, and it runs', async () => {
    const job = await submit('admin', { ...OFFLINE, plan: { tasks: [COMMAND] } });
    expect((await as('operator', 'POST', `/orchestrate/${job}/approve`)).status).toBe(200);
    const { tasks } = await reach(job, 'completed');
    expect(tasks[0].output_preview).toBe('ran\n');
  });

  test('has its job run the commands that an admin writes into it', async () => {
    const job = await submit('operator', { ...OFFLINE, plan: { tasks: [HUMAN] } });
    const change = { add: [COMMAND], drop: ['ask'] };
    expect((await as('admin', 'PATCH', `/orchestrate/${job}/plan`, change)).status).toBe(200);
    expect((await as('operator', 'POST', `/orchestrate/${job}/approve`)).status).toBe(200);
    expect((await reach(job, 'completed')).tasks[0].output_preview).toBe('ran\n');
  });

  test('gets no commands planned, neither by its spec nor by what it wants revised', async () => {
    const text = { description: '1. Run `echo planned`\n2. Write it down' };
    const planned = async (job: string) =>
      (await plan(job)).tasks.filter(({ command }: { command: unknown }) => command !== null);
    const mine = await submit('operator', { ...OFFLINE, ...text });
    expect(await planned(mine)).toEqual([]);
    const theirs = await submit('admin', { ...OFFLINE, ...text });
    expect(await planned(theirs)).toHaveLength(1);
    await as('operator', 'POST', `/orchestrate/${theirs}/revise`, { feedback: 'Once more' });
    await until(async () => (await plan(theirs)).version === 2, { what: 'the revised plan' });
    expect(await planned(theirs)).toEqual([]);
    await as('admin', 'POST', `/orchestrate/${theirs}/cancel`);
    await as('admin', 'POST', `/orchestrate/${mine}/cancel`);
  });
});

describe('an agent with bash', () => {
  const codeTask = (task_id: string) => ({
    task_id,
    title: 'Code',
    agent: 'coder',
    description: `Code ${task_id}`,
  });
  const toolsOf = (about: string): string[] =>
    fake.calls
      .filter(({ body }) => JSON.stringify(body.messages).includes(about))
      .flatMap(({ body }) => (body.tools ?? []).map(({ name }) => name));

  test('works without it in the job of an operator, and the plan says so', async () => {
    fake.expect(turn('Code without', { tool_use: [use('finish', { result: 'Coded.' })] }), synthesis());
    const job = await submit('operator', { plan: { tasks: [codeTask('without')] } });
    expect((await plan(job)).warnings).toEqual([
      expect.stringContaining('agents without their commands: without: the key that submitted the job'),
    ]);
    expect((await as('operator', 'POST', `/orchestrate/${job}/approve`)).status).toBe(200);
    await reach(job, 'completed');
    expect(toolsOf('Code without')).toContain('write_file');
    expect(toolsOf('Code without')).not.toContain('bash');
  });

  test('has it once an admin approved the plan; each call takes an admin again', async () => {
    fake.expect(
      turn('Code with', { tool_use: [use('bash', { command: 'echo from bash' })] }, { turn: 0 }),
      turn(['Code with', 'edited'], { tool_use: [use('finish', { result: 'Coded.' })] }, { turn: 1 }),
      synthesis(),
    );
    const job = await submit('operator', { plan: { tasks: [codeTask('with')] } });
    expect((await as('admin', 'POST', `/orchestrate/${job}/approve`)).status).toBe(200);
    const waiting = await until(
      async () => (await as('operator', 'GET', `/orchestrate/${job}/approvals`)).body.approvals[0],
      { what: 'the call to wait' },
    );
    const decide = (role: Role, body: object) =>
      as(role, 'POST', `/orchestrate/${job}/approvals/${encodeURIComponent(waiting.approval_id)}`, body);
    const edited = { decision: 'approve', arguments: { command: 'echo edited' } };
    expect(fieldsOf(await decide('operator', { decision: 'approve' }))).toEqual(['decision']);
    expect(fieldsOf(await decide('operator', edited))).toEqual(['decision']);
    expect((await decide('admin', edited)).status).toBe(200);
    await reach(job, 'completed');
    expect(toolsOf('Code with')).toContain('bash');
  });
});

test('a job that may run none runs none, whatever its plan says', async () => {
  const job = await startJob(api.worker, {
    ...OFFLINE,
    no_commands: true,
    approval: 'auto',
    acceptance_criteria: [{ criterion_id: 'c1', text: 'tested', command: 'true' }],
    plan: planOf([
      { task_id: 'run', max_attempts: 1 },
      { task_id: 'hand', agent: 'human' },
    ]),
  });
  const refused = await job.taskReaches('run', 'failed');
  expect(refused.tasks[0]!.error).toMatchObject({
    code: 'command_refused',
    message: expect.stringContaining('It may run them once an admin approves or edits its plan'),
  });
  await job.update('complete_task', { task_id: 'hand', output: 'done' });
  await job.update('skip_task', { task_id: 'run' });
  const { criteria } = await job.reach('completed', 'needs_review');
  expect(criteria).toMatchObject([{ verdict: 'unverified' }]);
});
