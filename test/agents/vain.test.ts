import { afterAll, beforeAll, expect, test } from 'vitest';
import { closingEvents, openingEvents, sse, toolUseEvents } from '../fakes/anthropic-events.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import {
  type AgentWorld,
  agentNamed,
  callsAbout,
  fault,
  replayProblems,
  startAgents,
  synthesis,
  turn,
  work,
} from './setup.ts';

let world: AgentWorld;
beforeAll(async () => {
  world = await startAgents({ agents: [agentNamed('tester'), agentNamed('brief', { max_turns: 3 })] });
});
afterAll(() => world?.close());

const USAGE = {
  input_tokens: 4000,
  output_tokens: 50,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};

/** A turn that calls `finish` with arguments as they are written there. */
const finishing = (about: string, id: string, json: string) =>
  fault(about, {
    type: 'raw',
    content_type: 'text/event-stream; charset=utf-8',
    status: 200,
    body: [
      ...openingEvents({ id: 'msg_1', model: 'm', usage: USAGE }),
      ...toolUseEvents(0, id, 'finish', json),
      ...closingEvents('tool_use', USAGE),
    ]
      .map(sse)
      .join(''),
  });

test('answers that cannot be kept are turns like others: as many are paid for as there may be turns', async () => {
  const about = 'Nest ever deeper';
  const deep = `{"result": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
  const long = '{"result": {"id": 9007199254740993}}';
  const broken = '{"result": "half of it"';
  world.fake.expect(...[deep, long, broken].map((json, at) => finishing(about, `toolu_v${at}`, json)));
  const plan = planOf([work('deep', about, { agent: 'brief', max_attempts: 1 })]);
  const job = await startJob(world, { plan });
  const view = await job.reach('needs_review');
  expect(view.tasks[0]).toMatchObject({ status: 'failed', error: { code: 'turn_limit' } });
  const calls = callsAbout(world.fake, about);
  expect(calls).toHaveLength(3);
  const told = JSON.stringify(calls.at(-1)!.body.messages);
  expect(told).toContain('has more than 200 levels of brackets');
  expect(told).toContain('9007199254740993, which');
  const rows = await world.store.readLedger(job.job_id);
  expect(rows.map(({ status }) => status)).toEqual(['settled', 'settled', 'settled']);
  expect(await replayProblems(world, job)).toEqual([]);
  await job.update('cancel');
  await job.result();
  world.fake.assertDone();
});

test('calls whose answers are lost are made again a few times, for an agent and for the job itself', async () => {
  const about = 'Write into the void';
  const { store } = world;
  const settleCall = async () => {
    throw new Error('the database is gone');
  };
  await world.restart({ store: { ...store, settleCall } });
  try {
    world.fake.expect(turn(about, { text: 'Nobody will read it.' }, { times: 50 }));
    const lost = planOf([work('void', about, { max_attempts: 1 })]);
    const first = await startJob(world, { plan: lost });
    const view = await first.reach('needs_review');
    expect(view.tasks[0]).toMatchObject({ status: 'failed', error: { code: 'answer_lost' } });
    expect(callsAbout(world.fake, about)).toHaveLength(4);
    expect(await replayProblems(world, first)).toEqual([]);
    await first.update('cancel');
    await first.result();

    const from = world.fake.calls.length;
    world.fake.expect(synthesis(50));
    const done = planOf([{ task_id: 'say', agent: 'command', command: ['echo', 'done'] }]);
    const second = await startJob(world, { plan: done });
    const ended = await second.reach('completed');
    expect(world.fake.calls.slice(from)).toHaveLength(4);
    expect(ended.warnings).toEqual([expect.stringContaining('4 calls of the model may have been paid for')]);
    expect(await replayProblems(world, second)).toEqual([]);
  } finally {
    await world.restart();
  }
});

test('a provider that does not say what it used is booked by estimate, and that is said once', async () => {
  const about = 'Tell nobody what it cost';
  const silent = { ...USAGE, input_tokens: null };
  const text = [
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'It is done.' } },
    { type: 'content_block_stop', index: 0 },
  ];
  const usage = silent as unknown as typeof USAGE;
  const events = [
    ...openingEvents({ id: 'm', model: 'm', usage }),
    ...text,
    ...closingEvents('end_turn', usage),
  ];
  const raw = {
    ...{ type: 'raw' as const, status: 200, content_type: 'text/event-stream' },
    body: events.map(sse).join(''),
  };
  world.fake.expect(fault(about, raw), synthesis());
  const job = await startJob(world, { plan: planOf([work('silent', about)]), budget_usd: 2 });
  const view = await job.reach('completed');
  const said = (await job.events()).filter(({ type }) => type === 'usage.estimated');
  expect(said).toMatchObject([
    {
      task_id: 'silent',
      data: { provider: 'anthropic', why: expect.stringContaining('usage.input_tokens') },
    },
  ]);
  const [row] = await world.store.readLedger(job.job_id);
  expect(row).toMatchObject({ status: 'estimated', usage: { output_tokens: 4 } });
  expect(row!.cost_usd).toBeGreaterThan(0);
  expect(view.budget.spent_usd).toBeGreaterThanOrEqual(row!.cost_usd);
});
