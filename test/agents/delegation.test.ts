import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jobWorkflowId } from '../../contracts/names.ts';
import type { StepInput } from '../fakes/anthropic-script.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import {
  type AgentWorld,
  agentNamed,
  billedUsd,
  callsAbout,
  fault,
  lastMessage,
  reachLate,
  replayProblems,
  startAgents,
  synthesis,
  turn,
  use,
  work,
} from './setup.ts';

let world: AgentWorld;
beforeAll(async () => {
  world = await startAgents({ agents: [agentNamed('tester')], config: { limits: { max_depth: 1 } } });
});
afterAll(() => world?.close());
afterEach(() => world.fake.assertDone());

/** The planner's answer to what was delegated. */
const planned = (about: string, descriptions: string[]): StepInput => ({
  system_includes: 'split the request into subtasks',
  prompt_includes: about,
  structured: true,
  reply: {
    type: 'message',
    json: {
      subtasks: descriptions.map((description) => ({ description, agent: 'tester', dependencies: [] })),
    },
  },
});
const delegates = (about: string, task: string, more: object = { maxSubtasks: 2 }): StepInput =>
  turn(about, { text: 'Others can do that.', tool_use: [use('plan_tasks', { task, ...more })] }, { turn: 0 });

/** The id of the job that the task delegated to. */
const delegated = (job: TestJob): Promise<string> =>
  until(
    async () =>
      (await job.events()).find(({ type, data }) => type === 'task.progress' && data.job_id)?.data
        .job_id as string,
    { what: 'a delegated job' },
  );

describe('plan_tasks', () => {
  test('has others do it in the budget of the job, and tells the agent what came of it', async () => {
    const from = world.fake.calls.length;
    world.fake.expect(
      delegates('Write a newspaper', 'Find two stories'),
      planned('Find two stories', ['The work of north', 'The work of south']),
      turn(
        '# Your task: The work of north',
        { tool_use: [use('save_artifact', { name: 'map.txt', content: 'N' })] },
        { turn: 0 },
      ),
      turn('# Your task: The work of north', { text: 'A story of the north.' }, { turn: 1 }),
      turn('# Your task: The work of south', { text: 'A story of the south.' }),
      {
        ...synthesis(),
        prompt_includes: 'Find two stories',
        reply: { type: 'message', text: 'Two good stories.' },
      },
      turn(
        'Write a newspaper',
        { tool_use: [use('read_artifact', { name: 'subtask-1/map.txt' })] },
        { turn: 1 },
      ),
      turn('Write a newspaper', { text: 'The newspaper.' }, { turn: 2 }),
      { ...synthesis(), prompt_includes: 'A test' },
    );
    const job = await startJob(world, {
      budget_usd: 5,
      plan: planOf([work('paper', 'Write a newspaper')]),
    });
    const done = await reachLate(job, 'completed');
    expect(done.tasks[0]).toMatchObject({ output_preview: 'The newspaper.' });

    const [first, second, third] = callsAbout(world.fake, 'Write a newspaper');
    expect(first!.body.tools!.map(({ name }) => name)).toContain('plan_tasks');
    const told = lastMessage(second!);
    expect(told).toContain('Two good stories.');
    expect(told).toContain('status: completed');
    expect(lastMessage(third!)).toContain('"N"');
    // depth 1 is the most here
    const [north] = callsAbout(world.fake, '# Your task: The work of north');
    expect(north!.body.tools!.map(({ name }) => name)).not.toContain('plan_tasks');

    const other = await delegated(job);
    expect(other.startsWith(`${job.job_id}.`)).toBe(true);
    const { view } = (await world.store.readArchived(other))!;
    expect(view).toMatchObject({ status: 'completed', owner: 'local' });
    expect(view.budget.limit_usd).toBeLessThanOrEqual(2.5);
    const billed = world.fake.calls.slice(from).reduce((sum, call) => sum + billedUsd(call), 0);
    expect(done.budget.spent_usd).toBeCloseTo(billed, 8);
    expect(done.budget.reserved_usd).toBe(0);
    const rows = await world.store.readLedger(job.job_id);
    expect(rows.reduce((sum, row) => sum + row.cost_usd, 0)).toBeCloseTo(billed, 8);
    expect(new Set(rows.map(({ job_id }) => job_id))).toEqual(new Set([job.job_id, other]));
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('lends no commands to a job whose own may run none', async () => {
    world.fake.expect(
      // how many it may be is left out
      delegates('Write a letter', 'Find a word', {}),
      planned('Find a word', ['The work of word']),
      turn('# Your task: The work of word', { text: 'Hello.' }),
      { ...synthesis(), prompt_includes: 'Find a word' },
      turn('Write a letter', { text: 'Hello!' }, { turn: 1 }),
      { ...synthesis(), prompt_includes: 'A test' },
    );
    const plan = planOf([work('letter', 'Write a letter')]);
    await reachLate(await startJob(world, { no_commands: true, plan }), 'completed');
    for (const about of ['Write a letter', '# Your task: The work of word']) {
      const names = callsAbout(world.fake, about)[0]!.body.tools!.map(({ name }) => name);
      expect(names).toContain('write_file');
      expect(names).not.toContain('bash');
    }
  });

  test('says what failed, and the agent goes on', async () => {
    world.fake.expect(
      delegates('Write a poem', 'Find a rhyme'),
      planned('Find a rhyme', ['The work of rhyme']),
      fault('# Your task: The work of rhyme', {
        type: 'error',
        status: 400,
        error_type: 'invalid_request_error',
        message: 'no rhymes',
      }),
      turn('Write a poem', { text: 'Blank verse.' }, { turn: 1 }),
      { ...synthesis(), prompt_includes: 'A test' },
    );
    const job = await startJob(world, { plan: planOf([work('poem', 'Write a poem')]) });
    const done = await reachLate(job, 'completed');
    expect(done.tasks[0]).toMatchObject({ output_preview: 'Blank verse.' });
    const [, second] = callsAbout(world.fake, 'Write a poem');
    expect(lastMessage(second!)).toContain('status: failed');
    expect(lastMessage(second!)).toContain('no rhymes');
  });

  test('is paused, resumed and cancelled with the job', async () => {
    world.fake.expect(
      delegates('Write an epic', 'Find a hero'),
      planned('Find a hero', ['The work of hero']),
      fault('# Your task: The work of hero', { type: 'hang' }),
    );
    const job = await startJob(world, { plan: planOf([work('epic', 'Write an epic')]) });
    const other = await delegated(job);
    const handle = world.client.workflow.getHandle(jobWorkflowId(other));
    const status = async () => (await handle.query<{ status: string }>('status')).status;
    await until(() => callsAbout(world.fake, '# Your task: The work of hero').length === 1, {
      what: 'the call of the hero',
    });
    await job.update('pause');
    await until(async () => (await status()) === 'paused', { what: 'the delegated job to be paused' });
    await expect(handle.executeUpdate('add_budget', { args: [{ add_usd: 1 }] })).rejects.toMatchObject({
      cause: { message: expect.stringContaining(job.job_id) },
    });
    await job.update('resume');
    await until(async () => (await status()) === 'running', { what: 'the delegated job to go on' });
    const calls = world.fake.calls.length;
    await job.update('cancel');
    const view = await reachLate(job, 'cancelled');
    expect(view.budget.reserved_usd).toBe(0);
    expect((await world.store.readArchived(other))!.view.status).toBe('cancelled');
    expect(world.fake.calls).toHaveLength(calls);
    const rows = await world.store.readLedger(job.job_id);
    expect(view.budget.spent_usd).toBeCloseTo(
      rows.reduce((sum, row) => sum + row.cost_usd, 0),
      8,
    );
    expect(await replayProblems(world, job)).toEqual([]);
  });
});
