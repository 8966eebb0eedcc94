import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import type { JobEvent } from '../../contracts/event.ts';
import { type Random, randomOf } from '../chaos/random.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import type { StepInput } from '../fakes/anthropic-script.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import {
  type AgentWorld,
  agentNamed,
  billedUsd,
  fault,
  startAgents,
  synthesis,
  turn,
  use,
  work,
} from './setup.ts';

const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const seed = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? (isLong ? Date.now() % 1_000_000 : 1));
const rounds = isLong ? 20 : 2;
const TASKS = 5;
/** More than the shortest answer that is worth asking for: what the budget does not pay in full becomes shorter. */
const MAX_OUTPUT = 6000;
/** Sums of floats. */
const TINY = 1e-7;

let world: AgentWorld;
beforeAll(async () => {
  world = await startAgents({ agents: [agentNamed('tester', { max_output_tokens: MAX_OUTPUT })] });
});
afterAll(() => world?.close());

test.each(Array.from({ length: rounds }, (_, index) => seed * 100 + index))(
  'whatever models answer, budget and ledger hold (seed %i)',
  { timeout: 120_000 },
  async (roundSeed) => {
    onTestFailed(() => console.log(`seed ${roundSeed}: repeat with ORCHESTRATOR_CHAOS_SEED=${seed}`));
    const random = randomOf(roundSeed);
    const from = world.fake.calls.length;
    const names = Array.from({ length: TASKS }, (_, index) => `Task ${index} of round ${roundSeed}.`);
    world.fake.expect(...names.flatMap((name) => script(name, random)), synthesis(2));
    const budget_usd = random.between(15, 90) / 100;
    const job = await startJob(world, {
      max_workers: random.between(2, 4),
      budget_usd,
      plan: planOf(names.map((name, index) => work(`t${index}`, name, { max_attempts: 4 }))),
    });
    await seeThrough(job, random);
    expect(world.fake.unexpected).toEqual([]);
    const calls = world.fake.calls.slice(from);
    expectWithinBudget(await job.events(), budget_usd);
    await expectExactLedger(job, names, calls);
  },
);

/** What the model answers about a task, whatever it is asked: the last one ends the task. */
function script(name: string, random: Random): StepInput[] {
  const spoken = [name, 'The budget for this task is spent'];
  const lastWords = turn(spoken, { text: 'Some of it.', usage: { output_tokens: random.between(1, 400) } });
  const answers = Array.from({ length: random.between(2, 6) }, () => answerOf(name, random));
  return [
    { ...lastWords, times: 50 },
    ...answers,
    turn(
      name,
      { text: 'All of it.', usage: { output_tokens: random.between(1, MAX_OUTPUT) } },
      { times: 50 },
    ),
  ];
}

function answerOf(name: string, random: Random): StepInput {
  const output_tokens = random.between(1, MAX_OUTPUT);
  switch (random.between(1, 12)) {
    case 1:
      return fault(name, { type: 'rate_limited', retry_after_ms: '60' });
    case 2:
      return fault(name, { type: 'overloaded', retry_after: '0.05' });
    case 3:
      return fault(name, { type: 'reset', after_text: 'I was about to say' });
    case 4:
      return fault(name, { type: 'reset' });
    case 5:
      return turn(name, {
        text: 'Cut o',
        stop_reason: 'max_tokens',
        usage: { output_tokens: MAX_OUTPUT },
      });
    case 6:
      return turn(name, { text: 'I would rather not.', stop_reason: 'refusal', usage: { output_tokens } });
    case 7:
      return fault(name, { type: 'overloaded', after_text: 'Half of' });
    default: {
      const command = `printf '%0${random.between(1, 20_000)}d' ${random.between(1, 1_000_000)}`;
      const calls = Array.from({ length: random.between(1, 2) }, () => use('bash', { command }));
      return turn(name, { text: 'I look.', tool_use: calls, usage: { output_tokens } });
    }
  }
}

/** Adds budget and retries until the job is done. */
async function seeThrough(job: TestJob, random: Random): Promise<void> {
  await until(
    async () => {
      const view = await job.status();
      if (view.status === 'completed') return true;
      const blocked = view.tasks.some(({ reason }) => reason === 'budget_exhausted');
      if (blocked || view.error?.code === 'budget_exhausted')
        await job.update('add_budget', { add_usd: random.between(8, 50) / 100 });
      for (const { task_id, status } of view.tasks)
        if (status === 'failed') await job.update('retry_task', { task_id });
      return false;
    },
    { timeoutMs: 100_000, what: 'the job to be done' },
  );
}

/** `spent + reserved <= limit` after every entry of the journal. */
function expectWithinBudget(events: JobEvent[], limit_usd: number): void {
  const open = new Map<string, number>();
  let limit = limit_usd;
  let spent = 0;
  for (const { seq, type, data } of events) {
    const about = data as { lease_id: string } & Record<string, number>;
    if (type === 'budget.reserved') open.set(about.lease_id, about.amount_usd!);
    if (type === 'budget.settled') {
      expect(open.delete(about.lease_id), `event ${seq}: a lease that was not open`).toBe(true);
      spent += about.spent_usd!;
    }
    if (type === 'budget.added') {
      expect(limit + about.add_usd!).toBeCloseTo(about.limit_usd!, 6);
      limit = about.limit_usd!;
    }
    expect(type).not.toBe('budget.exceeded');
    const reserved = [...open.values()].reduce((sum, usd) => sum + usd, 0);
    expect(spent + reserved, `event ${seq}: ${type}`).toBeLessThanOrEqual(limit + TINY);
  }
  expect(open.size).toBe(0);
  expect(spent).toBeGreaterThan(0);
}

/** Call by call: what is known costs what was billed, what is not known no less. */
async function expectExactLedger(job: TestJob, names: string[], calls: FakeCall[]): Promise<void> {
  const rows = await world.store.readLedger(job.job_id);
  const counted = rows.filter(({ status }) => status !== 'released');
  expect(rows.every(({ status }) => status !== 'reserved')).toBe(true);
  for (const [index, name] of names.entries()) {
    const mine = calls.filter(({ body }) => JSON.stringify(body.messages[1]).includes(name));
    const billed = mine.filter((call) => billedUsd(call) > 0);
    const ofTask = counted.filter(({ task_id }) => task_id === `t${index}`);
    expect(ofTask).toHaveLength(billed.length);
    for (const [at, call] of billed.entries()) {
      const row = ofTask[at]!;
      expect(row.cost_usd).toBeLessThanOrEqual(row.reserved_usd + TINY);
      if (call.complete) {
        expect(row.status).toBe('settled');
        expect(row.cost_usd).toBeCloseTo(billedUsd(call), 8);
      } else {
        expect(row.status).toBe('estimated');
        expect(row.cost_usd).toBeGreaterThanOrEqual(billedUsd(call));
      }
    }
  }
  const { budget } = await job.status();
  expect(budget.spent_usd).toBeCloseTo(
    rows.reduce((sum, row) => sum + row.cost_usd, 0),
    6,
  );
  expect(budget.reserved_usd).toBe(0);
}
