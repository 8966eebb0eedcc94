import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { approvalsQuery } from '../../workflows/messages.ts';
import {
  agentNamed,
  callsAbout,
  fault,
  reachLate,
  replayProblems,
  turn,
  use,
  useAgents,
} from '../agents/setup.ts';
import { until } from '../setup/until.ts';
import {
  complete,
  delegate,
  fails,
  lead,
  linesOf,
  messagesOf,
  OF_BOSS,
  startProject,
  timesIn,
  waits,
} from './setup.ts';

const world = useAgents({
  agents: [
    ...['ann', 'bob', 'cid', 'dee'].map((name) => agentNamed(name)),
    agentNamed('hasty', { max_turns: 6 }),
    agentNamed('frugal'),
  ],
  config: { limits: { max_tasks: 4 } },
  leftovers: true,
});

const ended = async (job: Awaited<ReturnType<typeof startProject>>) => {
  await job.result();
  return job.status();
};

describe('a project', () => {
  test('whose boss ends without project_complete is asked once, and then failed with the reason', async () => {
    world.fake.expect(
      lead('Bake bread', [delegate('ann', 'Knead the dough')], { turn: 0 }),
      waits(['Bake bread', 'Nothing is being worked on'], 1),
      waits('Bake bread', 3),
      turn('# Your task: Knead the dough', { text: 'Kneaded.' }),
    );
    const job = await startProject(world, 'Bake bread');
    const view = await ended(job);
    expect(view).toMatchObject({
      status: 'failed',
      error: { code: 'not_completed', message: expect.stringContaining('without calling project_complete') },
    });
    expect(view.tasks.map(({ status }) => status)).toEqual(['failed', 'completed']);
    const asked = callsAbout(world.fake, 'Bake bread').filter(({ body }) =>
      JSON.stringify(body.messages).includes('Nothing is being'),
    );
    expect(asked).toHaveLength(1);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('that its boss gives up is failed with what the boss said', async () => {
    world.fake.expect(lead('Square the circle', [complete('It cannot be done with a ruler.', 'failed')]));
    const job = await startProject(world, 'Square the circle');
    expect(await ended(job)).toMatchObject({
      status: 'failed',
      error: { code: 'project_failed', message: 'It cannot be done with a ruler.' },
    });
  });

  test('that is completed stops those still at work and in line, and says which', async () => {
    world.fake.expect(
      lead('Fence the field', [delegate('ann', 'Dig the posts in'), delegate('bob', 'Bring the wire')], {
        turn: 0,
      }),
      lead(['Fence the field', 'enough for us'], [complete('A hedge will do.')]),
      waits('Fence the field'),
      turn('# Your task: Dig the posts in', { tool_use: [use('bash', { command: 'sleep 300' })] }),
    );
    const job = await startProject(world, 'Fence the field', { max_workers: 1 });
    const atWork = () => callsAbout(world.fake, '# Your task: Dig the posts in').length > 0;
    await until(atWork, { timeoutMs: 60_000, what: 'the work' });
    await job.update('send_message', { to: 'boss', content: 'The old one is enough for us' });
    const view = await ended(job);
    expect(view).toMatchObject({ status: 'completed', synthesis: 'A hedge will do.' });
    expect(view.tasks.map(({ task_id, status }) => [task_id, status])).toEqual([
      ['boss', 'completed'],
      ['ann-1', 'cancelled'],
      ['bob-1', 'cancelled'],
    ]);
    expect(view.warnings.join()).toContain('before they were done: ann-1 (ann), bob-1 (bob)');
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('whose boss meets an error that nothing helps against says what it was', async () => {
    world.fake.expect(fails('Fly to the moon', 'the prompt is too heavy'));
    const view = await ended(await startProject(world, 'Fly to the moon'));
    expect(view.status).toBe('failed');
    expect(view.error!.message).toContain('the prompt is too heavy');
  });

  test('whose boss had its key refused waits for a person, who has it go on from where it stood', async () => {
    world.fake.expect(
      lead('Mend the roof', [delegate('ann', 'Bring the tiles')], { turn: 0 }),
      fault(
        'Mend the roof',
        { type: 'error', status: 401, error_type: 'authentication_error', message: 'invalid x-api-key' },
        { turn: 1, ...OF_BOSS },
      ),
      turn('# Your task: Bring the tiles', { text: 'Tiles.' }),
      lead(['Mend the roof', 'Tiles.'], [complete('It is dry.')]),
      waits('Mend the roof'),
    );
    const job = await startProject(world, 'Mend the roof');
    await job.reach('needs_review');
    const view = await job.status();
    expect(view.error!.message).toContain('invalid x-api-key');
    const [review] = await job.handle.query(approvalsQuery);
    expect(review).toMatchObject({ task_id: 'boss', kind: 'review' });
    expect(review!.actions).toContain('retry');
    await job.update('retry_task', { task_id: 'boss' });
    expect(await ended(job)).toMatchObject({ status: 'completed', synthesis: 'It is dry.' });
    expect(callsAbout(world.fake, '# Your task: Bring the tiles')).toHaveLength(1);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('with an unmet criterion goes back to its boss, who goes on from where it stood', async () => {
    const verdict = (word: string, quote: string) => ({
      system_includes: 'You judge',
      structured: true,
      reply: {
        type: 'message' as const,
        json: { verdicts: [{ criterion_id: 'c1', verdict: word, quote, reason: 'see' }] },
      },
    });
    world.fake.expect(
      lead('Build a house', [complete('A house without a door.')], { turn: 0 }),
      verdict('unmet', 'A house without a door'),
      lead(['Build a house', 'Verification found these criteria unmet'], [complete('A house with a door.')], {
        turn: 1,
      }),
      verdict('met', 'A house with a door'),
    );
    const job = await startProject(world, 'Build a house', { acceptance_criteria: ['It has a door'] });
    const view = await reachLate(job, 'completed');
    expect(view).toMatchObject({ synthesis: 'A house with a door.', criteria: [{ verdict: 'met' }] });
    expect(await replayProblems(world, job)).toEqual([]);
  });
});

test('a project that is paused begins no turn and no task until it is resumed, also over a restart', async () => {
  const begun = join(world.folder, 'begun-furrow');
  const go = join(world.folder, 'go-furrow');
  const command = `touch ${begun}; while [ ! -f ${go} ]; do sleep 0.05; done`;
  world.fake.expect(
    lead('Plough', [delegate('ann', 'Furrow one'), delegate('bob', 'Furrow two')], { turn: 0 }),
    lead(['Plough', 'Deep furrow one', 'Deep furrow two'], [complete('Ploughed.')]),
    waits('Plough'),
    turn('# Your task: Furrow one', { tool_use: [use('bash', { command })] }, { turn: 0 }),
    turn('# Your task: Furrow one', { text: 'Deep furrow one.' }, { turn: 1 }),
    turn('# Your task: Furrow two', { text: 'Deep furrow two.' }),
  );
  const job = await startProject(world, 'Plough', { max_workers: 1 });
  const calls = () => callsAbout(world.fake, 'Plough').filter(({ complete: whole }) => whole).length;
  await until(() => existsSync(begun) && calls() === 3, { timeoutMs: 60_000, what: 'the boss to wait' });
  await job.update('pause');
  await job.update('send_message', { to: 'boss', content: 'The field is wet' });
  await world.restart();
  await writeFile(go, '');
  const paused = await job.status();
  expect(paused.status).toBe('paused');
  expect(paused.tasks.map(({ status }) => status)).toEqual(['running', 'running', 'pending']);
  expect(calls()).toBe(3);
  await job.update('resume');
  expect(await reachLate(job, 'completed')).toMatchObject({
    synthesis: 'Ploughed.',
    stats: { completed: 3 },
  });
  const last = callsAbout(world.fake, 'Plough').at(-1)!;
  expect(timesIn(last, 'The field is wet')).toBe(1);
  expect(await replayProblems(world, job)).toEqual([]);
});

describe('a boss that delegates without end is stopped', () => {
  test('by the tasks that a job may have', async () => {
    world.fake.expect(
      lead('Count sand', [delegate('ann', 'Count a grain')], { times: 30 }),
      turn('# Your task: Count a grain', { text: 'One.' }, { times: 30 }),
    );
    const view = await ended(await startProject(world, 'Count sand'));
    expect(view).toMatchObject({ status: 'failed', error: { code: 'task_limit' } });
    expect(view.error!.message).toContain('the 4 tasks that it may have (limits.max_tasks)');
    expect(view.tasks).toHaveLength(4);
  });

  test('by the depth to which work may be delegated', async () => {
    world.fake.expect(lead('Ask on and on', [delegate('ann', 'Ask somebody')], { times: 30 }));
    const delegated_by = { job_id: 'elsewhere', task_id: 't', depth: 3 };
    const view = await ended(await startProject(world, 'Ask on and on', { delegated_by }));
    expect(view).toMatchObject({ status: 'failed', error: { code: 'depth_limit' } });
    expect(view.tasks).toHaveLength(1);
  });

  test('by its turns', async () => {
    world.fake.expect(
      lead('Hurry along', [['check_agent_status', { agent_id: 'ann' }], delegate('nobody', 'Run')], {
        times: 30,
      }),
    );
    const view = await ended(await startProject(world, 'Hurry along', { boss_agent: 'hasty' }));
    expect(view.status).toBe('failed');
    expect(['turn_limit', 'stuck']).toContain(view.error!.code);
    expect(view.error!.message).toContain('the boss hasty could not go on');
  });

  test('by the budget, and goes on when there is more', async () => {
    const looks = Array.from({ length: 12 }, (_, index) =>
      lead('Spend it', [['check_agent_status', { agent_id: ['ann', 'bob'][index % 2]! }]], {
        output_tokens: 1000,
      }),
    );
    world.fake.expect(
      turn(['Spend it', 'The budget for this task is spent'], { text: 'So much for now.' }),
      lead(['Spend it', 'The budget was raised'], [complete('Spent.')]),
      ...looks,
      lead('Spend it', [complete('Spent.')]),
    );
    const job = await startProject(world, 'Spend it', { boss_agent: 'frugal', budget_usd: 0.15 });
    const view = await reachLate(job, 'needs_review');
    expect(view.error!.message).toContain('its boss is blocked (budget_exhausted)');
    expect(view.budget.spent_usd).toBeGreaterThan(0);
    await job.update('add_budget', { add_usd: 5 });
    expect(await reachLate(job, 'completed')).toMatchObject({ synthesis: 'Spent.' });
  });
});

test('two projects at once do not see each other, nor can they write to each other', async () => {
  const go = (name: string) => join(world.folder, `go-${name}`);
  const untilGo = (name: string) =>
    use('bash', { command: `while [ ! -f ${go(name)} ]; do sleep 0.05; done` });
  for (const [mine, theirs] of [
    ['North', 'South'],
    ['South', 'North'],
  ] as const) {
    world.fake.expect(
      lead(`Lead the ${mine}`, [delegate(mine === 'North' ? 'ann' : 'bob', `Work in the ${mine}`)], {
        turn: 0,
      }),
      lead(
        `Lead the ${mine}`,
        [
          ['check_agent_status', {}],
          [
            'send_agent_message',
            { to_agent: theirs === 'North' ? 'ann' : 'bob', message: `Word of the ${mine}` },
          ],
          ['send_agent_message', { to_agent: 'all', message: `All of the ${mine}` }],
          delegate(theirs === 'North' ? 'ann' : 'bob', 'Cross over'),
        ],
        { turn: 1 },
      ),
      lead([`Lead the ${mine}`, `Done in the ${mine}`], [complete(`The ${mine} is done.`)]),
      waits(`Lead the ${mine}`),
      turn(`# Your task: Work in the ${mine}`, { tool_use: [untilGo(mine)] }, { turn: 0 }),
      turn(`# Your task: Work in the ${mine}`, { text: `Done in the ${mine}.` }, { turn: 1 }),
    );
  }
  const only = (agent_id: string) => ({
    agents: [{ agent_id, role: 'worker' as const, specialty: 'general' as const }],
  });
  const [north, south] = await Promise.all([
    startProject(world, 'Lead the North', only('ann')),
    startProject(world, 'Lead the South', only('bob')),
  ]);
  for (const job of [north, south])
    await until(async () => (await messagesOf(job)).length >= 2, {
      timeoutMs: 60_000,
      what: 'the word to all',
    });
  for (const name of ['North', 'South']) await writeFile(go(name), '');
  await Promise.all([reachLate(north, 'completed'), reachLate(south, 'completed')]);
  expect(linesOf(await messagesOf(north))).toEqual([
    'delegation boss -> ann',
    'message boss -> all',
    'result ann -> boss',
  ]);
  expect(linesOf(await messagesOf(south))).toEqual([
    'delegation boss -> bob',
    'message boss -> all',
    'result bob -> boss',
  ]);
  const told = JSON.stringify(
    callsAbout(world.fake, 'Lead the North')
      .filter(({ body }) => JSON.stringify(body.system).includes('The project ends only'))
      .at(-1)!.body.messages,
  );
  expect(told).toContain("the project has no agent 'bob'");
  expect(told).toContain("no task or agent of the job is called 'bob'");
  expect(told).not.toContain('South');
  expect(existsSync(go('North'))).toBe(true);
});
