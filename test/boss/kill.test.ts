import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { stringify } from 'yaml';
import type { JobEvent } from '../../contracts/event.ts';
import type { JobMessage } from '../../contracts/message.ts';
import type { LedgerRow } from '../../contracts/money.ts';
import { API_KEY, agentConfig, callsAbout, shellAgent, turn } from '../agents/setup.ts';
import { patientClient } from '../chaos/client.ts';
import { randomOf } from '../chaos/random.ts';
import { historiesOf, type System, startSystem } from '../chaos/system.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import { replay } from '../replay/replay.ts';
import { until } from '../setup/until.ts';
import { complete, delegate, fails, lead, OF_BOSS, team, timesIn, waits } from './setup.ts';

/** `ORCHESTRATOR_CHAOS=long` kills 21 times; `ORCHESTRATOR_CHAOS_SEED` repeats a run. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const seed = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? (isLong ? Date.now() % 1_000_000 : 1));
const rounds = isLong ? 7 : 1;
const KILLS = 3;
const MORE = { times: 1 + KILLS };

let fake: FakeAnthropic;
let system: System;
beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: API_KEY });
  const agents = team().map(({ agent_id }) => [
    `agents/${agent_id}.md`,
    shellAgent(agent_id, 'You do one task at a time.'),
  ]);
  system = await startSystem(inject('temporalBinary'), {
    env: { ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: fake.url },
    files: { 'orchestrator.yaml': stringify(agentConfig()), ...Object.fromEntries(agents) },
  });
});
afterAll(async () => {
  await system?.cleanUp();
  await fake?.close();
});

/** Answers come slowly, so that kills fall into them, too; each may be asked again after a kill. */
const SLOW = { pause_ms: 30 };
const words = 'This I say at some length, so that it takes its time. '.repeat(6);

function expectStory(goal: string): void {
  const does = (task: string, text: string, at: number) =>
    turn(
      `# Your task: ${task} of ${goal}`,
      { ...SLOW, text: `${words}${text} of ${goal}.` },
      { turn: at, ...MORE },
    );
  const reports = (task: string, status: string, message: string) => ({
    ...turn(
      `# Your task: ${task} of ${goal}`,
      { ...SLOW, text: words, tool_use: [{ name: 'report_progress', input: { status, message } }] },
      { turn: 0, ...MORE },
    ),
  });
  fake.expect(
    lead(
      goal,
      [
        delegate('ann', `Planks of ${goal}`),
        delegate('bob', `Paint of ${goal}`),
        delegate('cid', `Sails of ${goal}`),
      ],
      { turn: 0, text: words, ...MORE },
    ),
    lead(
      [
        goal,
        `No cloth for ${goal}`,
        `Which colour for ${goal}`,
        'Oak planks',
        'Green paint',
        'Sails of shirts',
      ],
      [complete(`The end of ${goal}.`)],
      { text: words, ...MORE },
    ),
    waits([goal, `tell-bob-${goal}`, `tell-eve-${goal}`], 40),
    lead([goal, `No cloth for ${goal}`, `tell-bob-${goal}`], newAgent(goal), { text: words, ...MORE }),
    lead([goal, `Which colour for ${goal}`, `tell-eve-${goal}`], answer(goal), { text: words, ...MORE }),
    waits([goal, `tell-bob-${goal}`], 40),
    waits([goal, `tell-eve-${goal}`], 40),
    lead([goal, `Which colour for ${goal}`], answer(goal), { text: words, ...MORE }),
    lead([goal, `No cloth for ${goal}`], newAgent(goal), { text: words, ...MORE }),
    waits(goal, 40),
    does('Planks', 'Oak planks', 0),
    reports('Paint', 'blocked', `Which colour for ${goal}`),
    turn(
      [`# Your task: Paint of ${goal}`, 'Your boss, the agent boss, writes to you'],
      { ...SLOW, text: `${words}Green paint of ${goal}.` },
      { turn: 1, ...MORE },
    ),
    { ...fails(`# Your task: Sails of ${goal}`, `No cloth for ${goal}`), ...MORE },
    does('New sails', 'Sails of shirts', 0),
  );
}
const answer = (goal: string): Parameters<typeof lead>[1] => [
  ['send_agent_message', { to_agent: 'bob', message: `tell-bob-${goal}: green` }],
];
const newAgent = (goal: string): Parameters<typeof lead>[1] => [
  [
    'create_sub_agent',
    { name: 'eve', role: 'worker', specialty: 'general', system_prompt: `You sew. tell-eve-${goal}` },
  ],
  delegate('eve', `New sails of ${goal}`),
];

test.each(Array.from({ length: rounds }, (_, index) => seed * 100 + index))(
  'a project comes to the same end after kill -9 of the worker: nothing is lost, read twice or paid twice (seed %i)',
  { timeout: 300_000 },
  async (roundSeed) => {
    onTestFailed(() => console.log(`seed ${roundSeed}\n${system.output().slice(-5000)}`));
    const random = randomOf(roundSeed);
    const goal = `Ship ${roundSeed}`;
    expectStory(goal);
    const client = patientClient(system.url);
    const { body } = await client.post('/orchestrate/submit', {
      title: 'A ship',
      description: goal,
      budget_usd: 20,
      strategy: 'boss',
      agents: team(),
    });
    const path = `/orchestrate/${body.job_id}`;
    await client.post(`${path}/approve`, { plan_version: 1 });

    // a ship takes about twelve calls
    const moments = Array.from({ length: KILLS }, () => random.between(1, 9)).sort((a, b) => a - b);
    for (const moment of moments) {
      await until(() => answered(goal) >= moment, { timeoutMs: 90_000, what: `call ${moment}` });
      await sleep(random.between(0, 500));
      await system.kill('worker');
      await system.isBack();
    }
    const status = await until(
      async () => {
        const { body: now } = await client.get(`${path}/status`);
        return ['completed', 'failed', 'needs_review'].includes(now.status) && now;
      },
      { timeoutMs: 150_000, what: 'the end of the project' },
    );
    expect(status).toMatchObject({ status: 'completed', stats: { completed: 4, failed: 1 } });
    expect(status.tasks.map(({ task_id }: { task_id: string }) => task_id)).toEqual([
      'boss',
      'ann-1',
      'bob-1',
      'cid-1',
      'eve-1',
    ]);

    const { body: page } = await client.get(`${path}/events?after=0&limit=500`);
    const messages = (page.events as JobEvent[])
      .filter(({ type }) => type === 'message')
      .map(({ data }) => data as unknown as JobMessage);
    expect(
      messages.map(({ kind, from_agent, to_agent }) => `${kind} ${from_agent} ${to_agent}`).sort(),
    ).toEqual(
      [
        ...['ann', 'bob', 'cid', 'eve'].map((name) => `delegation boss ${name}`),
        ...['ann', 'bob', 'eve'].map((name) => `result ${name} boss`),
        'error cid boss',
        'message boss bob',
        'progress bob boss',
      ].sort(),
    );
    expect(messages.map(({ id }) => id)).toEqual(messages.map((_, index) => `m-${index + 1}`));

    const last = ofBoss(goal).at(-1)!;
    for (const text of [
      `Oak planks of ${goal}`,
      `Green paint of ${goal}`,
      `Sails of shirts of ${goal}`,
      `No cloth for ${goal}`,
    ]) {
      expect(timesIn(last, text), text).toBe(1);
    }
    const { body: money } = await client.get(`${path}/ledger`);
    expectNothingTwice(goal, money.ledger, status.budget);
    expect(await replay(await historiesOf(system, body.job_id), inject('workflowBundle')!)).toEqual([]);
  },
);

/** Which turn of which agent a call is. */
const keyOf = ({ body }: FakeCall): string => {
  const text = JSON.stringify(body.messages);
  const task = /# Your (?:task|project): [^\\]*/.exec(text)?.[0] ?? '';
  return `${task} ${body.messages.filter(({ role }) => role === 'assistant').length}`;
};
const answered = (goal: string) => new Set(callsAbout(fake, goal).map(keyOf)).size;
const ofBoss = (goal: string) =>
  callsAbout(fake, goal).filter(({ body }) => JSON.stringify(body.system).includes(OF_BOSS.system_includes));

function expectNothingTwice(goal: string, rows: LedgerRow[], budget: { spent_usd: number }): void {
  const calls = callsAbout(fake, goal);
  const settled = rows.filter(({ status }) => status === 'settled').length;
  console.log(
    `${calls.length} calls, ${calls.length - settled} of them without an answer that was stored, ${KILLS} kills`,
  );
  // a call of which the answer was stored is not made again: every turn is settled once
  expect(settled).toBe(answered(goal) - 1);
  expect(budget.spent_usd).toBeCloseTo(
    rows.reduce((sum, row) => sum + row.cost_usd, 0),
    6,
  );
}
