import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

const KEY = 'sk-ant-fake-0123456789';
let fake: FakeAnthropic;
let worker: TestWorker;
beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: KEY });
  worker = await startTestWorker({
    env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: fake.url },
    config: { models: { max_output_tokens: 1000 } },
  });
});
afterAll(async () => {
  await worker.close();
  await fake.close();
});
afterEach(() => fake.assertDone());

const says = (text: string, prompt_includes: string | string[], times = 1) => ({
  prompt_includes,
  structured: false,
  times,
  reply: { type: 'message' as const, text },
});
const synthesis = (text = 'All in all, good.') => ({
  system_includes: 'write the report',
  structured: false,
  reply: { type: 'message' as const, text },
});
const verdicts = (list: object[]) => ({
  structured: true,
  reply: { type: 'message' as const, json: { verdicts: list } },
});
const thought = (task_id: string, rest: object = {}) => ({
  task_id,
  agent: 'general',
  description: `Think about ${task_id}`,
  ...rest,
});

describe('a task for a model', () => {
  test('gets the results that it depends on; synthesis and verdicts quote what is there', async () => {
    fake.expect(
      synthesis(),
      says('The sky is blue today.', 'Think about sky'),
      says('Blue sky means sun.', ['Think about sun', 'The sky is blue today.']),
      verdicts([
        { criterion_id: 'c1', verdict: 'met', quote: 'The sky is blue today.', reason: 'it says so' },
        { criterion_id: 'c2', verdict: 'met', quote: 'this was never said', reason: 'trust me' },
      ]),
    );
    const job = await startJob(worker, {
      plan: planOf([thought('sky'), thought('sun', { depends_on: ['sky'] })], {
        acceptance_criteria: ['The colour is named', 'The moon is named'],
      }),
    });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const view = await job.status();
    expect(view.synthesis).toBe('All in all, good.');
    expect(view.criteria.map(({ verdict }) => verdict)).toEqual(['met', 'unverified']);
    const ledger = await worker.store.readLedger(job.job_id);
    expect(ledger.map(({ status }) => status)).toEqual(['settled', 'settled', 'settled', 'settled']);
    const total = ledger.reduce((sum, row) => sum + row.cost_usd, 0);
    expect(view.budget.spent_usd).toBeCloseTo(total, 7);
    expect(view.tasks[0]!.cost_usd).toBeGreaterThan(0);
  });

  test('waits out a rate limit without a slot and without losing an attempt', async () => {
    fake.expect(
      {
        prompt_includes: 'Think about busy',
        structured: false,
        reply: { type: 'rate_limited', retry_after: '6' },
      },
      says('done', 'Think about busy'),
      synthesis(),
    );
    const job = await startJob(worker, {
      max_workers: 1,
      plan: planOf([thought('busy'), { task_id: 'other' }]),
    });
    await until(async () => (await job.events()).some(({ type }) => type === 'task.parked'), {
      what: 'the parking',
    });
    const view = await job.taskReaches('other', 'completed');
    expect(view.tasks[0]).toMatchObject({ status: 'running', reason: 'rate_limited' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect((await job.status()).tasks[0]).toMatchObject({ attempt: 1, status: 'completed' });
  });

  test('a refusal is not tried again', async () => {
    fake.expect({
      prompt_includes: 'Think about evil',
      reply: { type: 'message', text: 'No.', stop_reason: 'refusal' },
    });
    const job = await startJob(worker, { on_task_failure: 'fail', plan: planOf([thought('evil')]) });
    expect(await job.result()).toMatchObject({ status: 'failed' });
    expect((await job.status()).tasks[0]).toMatchObject({
      attempt: 1,
      status: 'failed',
      worker: 'test:1',
    });
  });

  test('cancel ends the stream; nothing more is asked, and the call counts as spent', async () => {
    fake.expect({ prompt_includes: 'Think about ever', reply: { type: 'hang', after_text: 'so far' } });
    const job = await startJob(worker, { plan: planOf([thought('ever')]) });
    const delta = () => worker.notes.some((note) => note.kind === 'delta' && note.job_id === job.job_id);
    await until(delta, { what: 'the first words' });
    const calls = fake.calls.length;
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    expect(fake.calls.length).toBe(calls);
    expect(fake.calls.at(-1)!.aborted).toBe(true);
    const [row] = await worker.store.readLedger(job.job_id);
    expect(row).toMatchObject({ status: 'estimated', cost_usd: row!.reserved_usd });
    const { budget } = await job.status();
    expect(budget).toMatchObject({ spent_usd: row!.cost_usd, reserved_usd: 0 });
  });
});

describe('money', () => {
  test('parallel tasks share what there is: leases wait for each other, and the cap holds at every event', async () => {
    const names = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
    fake.expect(...names.map((name) => says(`about ${name}`, `Think about ${name}`)), synthesis());
    const budget_usd = 0.08;
    const job = await startJob(worker, {
      budget_usd,
      max_workers: 6,
      plan: planOf(names.map((name) => thought(name))),
    });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    let spent = 0;
    const leases = new Map<unknown, number>();
    for (const { type, data } of await job.events()) {
      if (type === 'budget.reserved') leases.set(data.lease_id, data.amount_usd as number);
      if (type === 'budget.settled') {
        leases.delete(data.lease_id);
        spent += data.spent_usd as number;
      }
      const reserved = [...leases.values()].reduce((sum, amount) => sum + amount, 0);
      expect(spent + reserved).toBeLessThanOrEqual(budget_usd + 1e-9);
    }
    expect(leases.size).toBe(0);
  });

  test('a task out of money is blocked; more budget goes on from there', async () => {
    const job = await startJob(worker, { budget_usd: 0.0001, plan: planOf([thought('dear')]) });
    const view = await job.reach('needs_review');
    expect(view.tasks[0]).toMatchObject({ status: 'blocked', reason: 'budget_exhausted' });
    fake.expect(says('worth it', 'Think about dear'), synthesis());
    await job.update('add_budget', { add_usd: 1 });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect((await job.status()).budget.limit_usd).toBeCloseTo(1.0001, 6);
  });

  test('a capped job refuses a model without a known price; an uncapped one may use it', async () => {
    const model = 'claude-unheard-of';
    const capped = await startJob(worker, { model, plan: planOf([thought('odd')]) });
    const view = await capped.reach('needs_review');
    expect(view.tasks[0]).toMatchObject({ status: 'blocked', reason: 'no_provider' });
    expect(view.tasks[0]!.error!.message).toContain('prices');
    await capped.update('cancel');
    await capped.result();
    fake.expect({ ...says('fine', 'Think about odd'), model }, synthesis());
    const free = await startJob(worker, { model, budget_usd: null, plan: planOf([thought('odd')]) });
    expect(await free.result()).toMatchObject({ status: 'completed' });
  });

  test('synthesis without money waits in review; finish takes what there is', async () => {
    const job = await startJob(worker, {
      budget_usd: 0.0001,
      plan: planOf([{ task_id: 'a', command: 'echo hello' }]),
    });
    const view = await job.reach('needs_review');
    expect(view.error).toMatchObject({ code: 'budget_exhausted' });
    await job.update('finish', { actor: 'ann' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const done = await job.status();
    expect(done).toMatchObject({ accepted_by: 'ann', partial: true });
    expect(done.synthesis).toContain('No model wrote');
  });
});

describe('verification', () => {
  test('an unmet criterion puts the job in review, until a person accepts it', async () => {
    fake.expect(
      synthesis(),
      verdicts([{ criterion_id: 'c2', verdict: 'unmet', quote: '', reason: 'nothing about it' }]),
    );
    const job = await startJob(worker, {
      max_repair_rounds: 0,
      plan: planOf([{ task_id: 'a', command: 'echo hello' }], {
        acceptance_criteria: [
          { criterion_id: 'c1', text: 'it runs', command: 'test -d .' },
          { criterion_id: 'c2', text: 'it sings' },
        ],
      }),
    });
    const view = await job.reach('needs_review');
    expect(view.error).toMatchObject({ code: 'criteria_unmet' });
    expect(view.criteria.map(({ verdict }) => verdict)).toEqual(['met', 'unmet']);
    expect(view.criteria[0]!.evidence).toContain('exit code 0');
    await job.update('finish');
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(await job.status()).toMatchObject({ accepted_by: 'temporal', partial: true });
  });
});
