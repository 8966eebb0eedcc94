import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LedgerRow } from '../../contracts/money.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import {
  agentNamed,
  billedUsd,
  callsAbout,
  fault,
  lastMessage,
  replayProblems,
  synthesis,
  turn,
  use,
  useAgents,
  work,
} from './setup.ts';

const world = useAgents({
  agents: [
    agentNamed('tester', { max_output_tokens: 1000 }),
    agentNamed('wordy', { max_output_tokens: 16_000 }),
  ],
});

/** The ledger says what was billed, and the budget what the ledger says. */
async function expectExactMoney(job: TestJob, from: number, of = world): Promise<LedgerRow[]> {
  const billed = of.fake.calls.slice(from).reduce((sum, call) => sum + billedUsd(call), 0);
  const rows = await of.store.readLedger(job.job_id);
  const { budget } = await job.status();
  expect(rows.reduce((sum, row) => sum + row.cost_usd, 0)).toBeCloseTo(billed, 8);
  expect(budget.spent_usd).toBeCloseTo(billed, 8);
  expect(budget.reserved_usd).toBe(0);
  expect(budget.spent_usd).toBeLessThanOrEqual(budget.limit_usd!);
  return rows;
}

/** What answers may have, call by call. */
const lengths = (about: string) => callsAbout(world.fake, about).map(({ body }) => body.max_tokens);

describe('an agent whose budget does not pay the longest answer', () => {
  test('has shorter ones, in the first turn too; one that breaks off is no result, and none of its calls is made', async () => {
    const from = world.fake.calls.length;
    world.fake.expect(
      turn('Write a saga', { text: 'One.', tool_use: [use('glob', { pattern: '*' })] }, { turn: 0 }),
      turn(
        ['Write a saga', 'the budget leaves room for'],
        {
          text: 'Two begi',
          tool_use: [use('write_file', { file_path: 'half', content: 'half' })],
          usage: { output_tokens: 16_000 },
        },
        { turn: 1 },
      ),
    );
    const job = await startJob(world, {
      budget_usd: 0.2,
      plan: planOf([work('saga', 'Write a saga', { agent: 'wordy' })]),
    });
    const blocked = await job.taskReaches('saga', 'blocked');
    expect(blocked.tasks[0]).toMatchObject({ reason: 'budget_exhausted', attempt: 1, output_preview: null });
    const [first, second, ...others] = lengths('Write a saga');
    expect(others).toEqual([]);
    for (const length of [first!, second!]) {
      expect(length).toBeGreaterThanOrEqual(2048);
      expect(length).toBeLessThan(16_000);
    }
    expect(lastMessage(callsAbout(world.fake, 'Write a saga')[0]!)).toContain(`room for ${first} tokens`);
    expect(existsSync(join(world.folder, 'work', job.job_id, 'half'))).toBe(false);
    await expectExactMoney(job, from);

    // what is said to be enough for a short answer is enough
    const told = /\(([\d.]+) USD for a short answer\)/.exec(blocked.tasks[0]!.error!.message);
    world.fake.expect(
      turn(
        ['Write a saga', `Your last answer was cut off after ${second} tokens`],
        { text: 'It is whole.' },
        { turn: 2 },
      ),
      synthesis(),
    );
    await job.update('add_budget', { add_usd: Number(told?.[1]) });
    const done = await job.taskReaches('saga', 'completed');
    expect(done.tasks[0]).toMatchObject({ output_preview: 'It is whole.' });
    expect(lengths('Write a saga').at(-1)).toBeLessThan(16_000);
    await job.update('add_budget', { add_usd: 1 });
    await job.reach('completed');
    await expectExactMoney(job, from);
    expect(await replayProblems(world, job)).toEqual([]);
  });
});

describe('an agent that runs out of money', () => {
  test('hands over what it has in one last turn, and goes on from there with more budget', async () => {
    const from = world.fake.calls.length;
    world.fake.expect(
      turn(
        'Write a book',
        {
          text: 'Chapter one.',
          tool_use: [use('write_file', { file_path: 'a', content: 'one' })],
          usage: { output_tokens: 15_000 },
        },
        { turn: 0 },
      ),
      turn(
        ['Write a book', 'The budget for this task is spent'],
        { text: 'Only chapter one is there.' },
        { turn: 1 },
      ),
    );
    const job = await startJob(world, {
      budget_usd: 0.325,
      plan: planOf([work('book', 'Write a book', { agent: 'wordy' })]),
    });
    const blocked = await job.taskReaches('book', 'blocked');
    expect(blocked.tasks[0]).toMatchObject({ reason: 'budget_exhausted', attempt: 1 });
    expect(blocked.tasks[0]!.error!.message).toContain('Only chapter one is there.');
    const last = world.fake.calls.at(-1)!;
    expect(last.body.tool_choice).toEqual({ type: 'none' });
    expect(last.body.max_tokens).toBeLessThan(2048);
    await expectExactMoney(job, from);

    world.fake.expect(
      turn(['Write a book', 'The budget was raised'], { text: 'Both chapters.' }, { turn: 2 }),
      synthesis(),
    );
    await job.update('add_budget', { add_usd: 2 });
    const done = await job.reach('completed');
    expect(done.tasks[0]).toMatchObject({ output_preview: 'Both chapters.' });
    const [third] = callsAbout(world.fake, 'Write a book').slice(-1);
    expect(JSON.stringify(third!.body.messages)).toContain('Chapter one.');
    expect(JSON.stringify(third!.body.messages)).toContain('Only chapter one is there.');
    expect(callsAbout(world.fake, 'Write a book')).toHaveLength(3);
    await expectExactMoney(job, from);
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('asks nothing when not even a last turn fits, and is asked that very turn with more budget', async () => {
    const from = world.fake.calls.length;
    world.fake.expect(
      turn(
        'Read the log',
        { text: 'I look.', tool_use: [use('bash', { command: "printf '%029000d' 7" })] },
        { turn: 0 },
      ),
    );
    const job = await startJob(world, {
      budget_usd: 0.12,
      plan: planOf([work('log', 'Read the log')]),
    });
    const blocked = await job.taskReaches('log', 'blocked');
    expect(blocked.tasks[0]).toMatchObject({ reason: 'budget_exhausted' });
    expect(callsAbout(world.fake, 'Read the log')).toHaveLength(1);
    await expectExactMoney(job, from);

    const told = /may cost up to .*; add ([\d.]+) USD or more to continue/.exec(
      blocked.tasks[0]!.error!.message,
    );
    world.fake.expect(turn('Read the log', { text: 'It is a seven.' }, { turn: 1 }), synthesis());
    await job.update('add_budget', { add_usd: Number(told?.[1]) });
    expect((await job.reach('completed')).tasks[0]).toMatchObject({ output_preview: 'It is a seven.' });
    const [, second] = callsAbout(world.fake, 'Read the log');
    expect(lastMessage(second!)).toContain('0007');
    expect(callsAbout(world.fake, 'Read the log')).toHaveLength(2);
    const commands = (await world.store.readLedger(job.job_id)).filter(({ purpose }) => purpose === 'task');
    expect(commands).toHaveLength(2);
    await expectExactMoney(job, from);
  });

  test('hands over in a new attempt too, with what the budget still has', async () => {
    const from = world.fake.calls.length;
    world.fake.expect(
      turn('Lose the thread', { tool_use: [use('glob', { pattern: '*' })] }, { turn: 0 }),
      // what had come was nearly as long as it could be: it counts as spent, and so does the whole reservation
      fault('Lose the thread', { type: 'reset', after_text: 'I was ab'.repeat(7000) }, { turn: 1 }),
      turn(
        ['Lose the thread', 'The budget for this task is spent'],
        { text: 'Half of it is there.' },
        { turn: 1 },
      ),
    );
    const job = await startJob(world, {
      budget_usd: 0.302,
      plan: planOf([work('lost', 'Lose the thread', { agent: 'wordy' })]),
    });
    const view = await job.taskReaches('lost', 'blocked');
    expect(view.tasks[0]).toMatchObject({ reason: 'budget_exhausted', attempt: 2 });
    expect(view.tasks[0]!.error!.message).toContain('Half of it is there.');
    const rows = await world.store.readLedger(job.job_id);
    expect(rows.map(({ status }) => status)).toEqual(['settled', 'estimated', 'settled']);
    expect(view.budget).toMatchObject({ reserved_usd: 0 });
    expect(view.budget.spent_usd).toBeLessThanOrEqual(0.302);
    expect(world.fake.calls.length - from).toBe(3);

    // what was added is too little for another turn: it was handed over already
    await job.update('add_budget', { add_usd: 0.002 });
    await until(async () => (await job.events()).filter(({ type }) => type === 'task.blocked').length === 2, {
      what: 'the task to be blocked again',
    });
    expect(world.fake.calls.length - from).toBe(3);
    await job.update('cancel');
    await job.result();
  });

  test('is blocked again at once while what was added is too little', async () => {
    const from = world.fake.calls.length;
    world.fake.expect(
      turn('Read again', { tool_use: [use('bash', { command: "printf '%029000d' 7" })] }, { turn: 0 }),
    );
    const job = await startJob(world, { budget_usd: 0.12, plan: planOf([work('log', 'Read again')]) });
    await job.taskReaches('log', 'blocked');
    await job.update('add_budget', { add_usd: 0.001 });
    await until(async () => (await job.events()).filter(({ type }) => type === 'task.blocked').length === 2, {
      what: 'the task to be blocked again',
    });
    world.fake.expect(turn('Read again', { text: 'Seven.' }, { turn: 1 }), synthesis());
    await job.update('add_budget', { add_usd: 5 });
    await job.reach('completed');
    await expectExactMoney(job, from);
  });

  test('leaves its money to others while a person is asked', async () => {
    world.fake.expect(
      turn('Ask first', { tool_use: [use('ask_human', { question: 'May I?' })] }, { turn: 0 }),
    );
    const job = await startJob(world, {
      budget_usd: 0.3,
      plan: planOf([
        work('asks', 'Ask first'),
        { task_id: 'gate', approval: 'required' },
        work('works', 'Work meanwhile', { depends_on: ['gate'] }),
      ]),
    });
    const waiting = await until(
      async () => {
        const view = await job.status();
        return view.tasks[0]!.reason === 'waiting_for_person' && view;
      },
      { what: 'the question' },
    );
    expect(waiting.budget.reserved_usd).toBe(0);
    world.fake.expect(turn('Work meanwhile', { text: 'Worked.' }));
    await job.update('approve_task', { task_id: 'gate' });
    const view = await job.taskReaches('works', 'completed');
    expect(view.tasks[0]).toMatchObject({ status: 'running', reason: 'waiting_for_person' });
    world.fake.expect(turn('Ask first', { text: 'I may.' }, { turn: 1 }), synthesis());
    const approval_id = (await job.handle.query<{ approval_id: string }[]>('approvals'))[0]!.approval_id;
    await job.update('decide_approval', { approval_id, decision: 'approve', answer: 'You may.' });
    await job.reach('completed');
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test("a task's own budget holds, whatever the job still has", async () => {
    const from = world.fake.calls.length;
    world.fake.expect(
      turn('Own budget', { tool_use: [use('bash', { command: "printf '%029000d' 7" })] }, { turn: 0 }),
    );
    const job = await startJob(world, {
      budget_usd: 100,
      plan: planOf([work('own', 'Own budget', { budget_usd: 0.12 })]),
    });
    const view = await job.taskReaches('own', 'blocked');
    expect(view.tasks[0]).toMatchObject({ reason: 'budget_exhausted' });
    expect(view.tasks[0]!.cost_usd).toBeLessThanOrEqual(0.12);
    await expectExactMoney(job, from);
    await job.update('cancel');
    await job.result();
  });
});

describe('a call of the job itself that the budget does not pay in full', () => {
  const wide = useAgents({ config: { models: { max_output_tokens: 16_000 } } });
  const report = (reply: object) => ({ ...synthesis(), reply: { type: 'message' as const, ...reply } });

  test('is made for a shorter answer; one that breaks off is made again, once there is money for all of it', async () => {
    wide.fake.expect(report({ text: 'Half of it', usage: { output_tokens: 16_000 } }));
    const job = await startJob(wide, {
      budget_usd: 0.15,
      plan: planOf([{ task_id: 'a', command: 'echo hello' }]),
    });
    const view = await job.reach('needs_review');
    expect(view.error).toMatchObject({ code: 'budget_exhausted' });
    expect(view.synthesis).toBeNull();
    expect(view.budget.reserved_usd).toBe(0);
    const told = /; add ([\d.]+) USD or more to continue, or finish the job/.exec(view.error!.message);
    wide.fake.expect(report({ text: 'All of it' }));
    await job.update('add_budget', { add_usd: Number(told?.[1]) });
    expect(await job.reach('completed')).toMatchObject({ synthesis: 'All of it' });
    const [short, whole, ...others] = wide.fake.calls.map(({ body }) => body.max_tokens);
    expect(others).toEqual([]);
    expect(short).toBeGreaterThanOrEqual(4096);
    expect(short).toBeLessThan(16_000);
    expect(whole).toBe(16_000);
    await expectExactMoney(job, 0, wide);
    expect(await replayProblems(wide, job)).toEqual([]);
  });
});
