import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Plan, PlanInput } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import * as messages from '../../workflows/messages.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
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

/** The one answer of the task whose prompt has all of `about`. */
const says = (text: string, ...about: string[]) => ({
  prompt_includes: about,
  structured: false,
  reply: { type: 'message' as const, text },
});
const synthesis = () => ({
  system_includes: 'write the report',
  structured: false,
  reply: { type: 'message' as const, text: 'The report.' },
});
/** What the verifier says, given material with all of `material`. */
const verdicts = (list: [string, 'met' | 'unmet' | 'unverified', string][], ...material: string[]) => ({
  system_includes: 'You have not made it, and you do not repair it.',
  prompt_includes: material,
  structured: true,
  reply: {
    type: 'message' as const,
    json: {
      verdicts: list.map(([criterion_id, verdict, quote]) => ({
        criterion_id,
        verdict,
        quote,
        reason: `this is ${verdict}`,
      })),
    },
  },
});

const POEM = { criterion_id: 'rhyme', text: 'The poem rhymes' };
/** A poem by the communicator, a command beside it, and what is asked of them. */
const poemPlan = (rest: Partial<PlanInput> = {}): PlanInput =>
  planOf(
    [
      {
        task_id: 'poem',
        agent: 'communicator',
        description: 'Write a poem',
        acceptance_criteria: ['rhyme'],
      },
      { task_id: 'side', command: 'echo beside' },
    ],
    { acceptance_criteria: [POEM], ...rest },
  );
const poemJob = (spec: Partial<JobSpec> = {}): Promise<TestJob> =>
  startJob(worker, { plan: poemPlan(), ...spec });

/** A first poem that is judged unmet. */
const unmetFirst = () => [
  says('Roses are red, grass is green', 'Write a poem'),
  synthesis(),
  verdicts([['rhyme', 'unmet', 'grass is green']], 'grass is green'),
];
/** A second one by whom it is to be repaired. */
const repaired = (text: string, verdict: 'met' | 'unmet') => [
  says(text, 'Criterion `rhyme`: The poem rhymes', 'Verdict: unmet', '> "'),
  synthesis(),
  verdicts([['rhyme', verdict, text]], text),
];

const typesOf = async (job: TestJob): Promise<string[]> => (await job.events()).map(({ type }) => type);
const planned = (job: TestJob) => job.handle.query(messages.planQuery);
const count = (types: string[], type: string): number => types.filter((one) => one === type).length;

describe('repair', () => {
  test('an unmet criterion adds a task that repairs it; the job completes once it is met', async () => {
    fake.expect(...unmetFirst(), ...repaired('Roses are red, and so is your head', 'met'));
    const job = await poemJob();
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const view = await job.status();
    expect(view).toMatchObject({ plan_version: 2, partial: false, error: null });
    expect(view.criteria).toMatchObject([{ verdict: 'met', task_ids: ['poem', 'repair-1-1'] }]);
    expect(view.tasks.at(-1)).toMatchObject({
      task_id: 'repair-1-1',
      agent: 'communicator',
      depends_on: ['poem'],
      attempt: 1,
      status: 'completed',
    });
    // what was done is not done again
    expect(view.tasks.slice(0, 2).map(({ attempt }) => attempt)).toEqual([1, 1]);
    const events = await job.events();
    const proposed = events.filter(({ type }) => type === 'plan.proposed').at(-1)!;
    expect(proposed.data).toMatchObject({
      plan_version: 2,
      source: 'repair',
      repair_round: 1,
      added: ['repair-1-1'],
    });
    const approved = events.filter(({ type }) => type === 'job.approved').at(-1)!;
    expect(approved.data).toMatchObject({ plan_version: 2, note: 'covered by the approval of version 1' });
    const judged = events.filter(({ type }) => type === 'criterion.judged');
    expect(judged.map(({ data }) => data.verdict)).toEqual(['unmet', 'met']);
    const ledger = await worker.store.readLedger(job.job_id);
    const agents = ledger.flatMap(({ purpose, agent }) => (purpose === 'verification' ? [agent] : []));
    expect(agents).toEqual(['verifier', 'verifier']);
  });

  test('unmet after the last round: a person decides', async () => {
    fake.expect(...unmetFirst(), ...repaired('Roses are red, violets are blue', 'unmet'));
    const job = await poemJob();
    const view = await job.reach('needs_review');
    expect(view.error).toMatchObject({ code: 'criteria_unmet' });
    expect(view.error!.message).toContain('still unmet after 1 round of repair');
    expect(view.tasks).toHaveLength(3);
    await job.update('finish', { actor: 'ann' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(await job.status()).toMatchObject({ accepted_by: 'ann', partial: true });
  });

  test('several rounds go on from each other', async () => {
    fake.expect(
      ...unmetFirst(),
      ...repaired('Roses are red, violets are blue', 'unmet'),
      ...repaired('Violets are blue, and so are you', 'met'),
    );
    const job = await poemJob({ max_repair_rounds: 2 });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const view = await job.status();
    expect(view.plan_version).toBe(3);
    expect(view.tasks.at(-1)).toMatchObject({ task_id: 'repair-2-1', depends_on: ['poem', 'repair-1-1'] });
  });

  test('no rounds, no repair', async () => {
    fake.expect(...unmetFirst());
    const job = await poemJob({ max_repair_rounds: 0 });
    const view = await job.reach('needs_review');
    expect(view).toMatchObject({ plan_version: 1, error: { code: 'criteria_unmet' } });
    expect(view.error!.message).toContain('the job allows no repairs');
    await job.update('cancel');
    await job.result();
  });

  test('repairs stay within the budget: without money for one, a person is asked, and more money goes on', async () => {
    const poem = says('Roses are red, grass is green', 'Write a poem');
    fake.expect(
      { ...poem, reply: { ...poem.reply, usage: { output_tokens: 900 } } },
      synthesis(),
      verdicts([['rhyme', 'unmet', 'grass is green']]),
    );
    const [dear, free] = ['claude-sonnet-5', 'claude-haiku-4-5'] as const;
    const poor = await startTestWorker({
      env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: fake.url },
      config: {
        models: { planner: { provider: 'anthropic', model: free }, max_output_tokens: 1000 },
        prices: { [dear]: { input_usd: 0, output_usd: 10 }, [free]: { input_usd: 0, output_usd: 0 } },
      },
    });
    try {
      // a poem reserves one cent, and this one spends most of it
      const plan = poemPlan();
      plan.tasks[0]!.model = dear;
      const job = await startJob(poor, { plan, budget_usd: 0.0105 });
      const view = await job.reach('needs_review');
      expect(view.tasks.at(-1)).toMatchObject({
        task_id: 'repair-1-1',
        status: 'blocked',
        reason: 'budget_exhausted',
      });
      expect(view.error!.message).toContain('repair-1-1 is blocked (budget_exhausted)');
      expect(view.budget.spent_usd).toBe(0.009);
      fake.expect(...repaired('Roses are red, and so is your head', 'met'));
      await job.update('add_budget', { add_usd: 1 });
      expect(await job.result()).toMatchObject({ status: 'completed' });
    } finally {
      await poor.close();
    }
  });
});

describe('every version waits for its approval', () => {
  const waitingForRepair = async (): Promise<TestJob> => {
    fake.expect(...unmetFirst());
    const job = await poemJob({ approval: 'every_version' });
    await job.reach('awaiting_approval');
    await job.update('approve', { plan_version: 1 });
    await job.reach('awaiting_approval');
    return job;
  };

  test('a repair waits too, and runs once it is approved; the work before stays', async () => {
    const job = await waitingForRepair();
    const view = await job.status();
    expect(view.plan_version).toBe(2);
    expect(view.tasks.map(({ status }) => status)).toEqual(['completed', 'completed', 'pending']);
    await expect(job.update('approve', { plan_version: 1 })).rejects.toThrow();
    fake.expect(...repaired('Roses are red, and so is your head', 'met'));
    await job.update('approve', { plan_version: 2, actor: 'ann' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const types = await typesOf(job);
    expect([count(types, 'approval.requested'), count(types, 'job.approved')]).toEqual([2, 2]);
    expect((await job.status()).tasks.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  });

  test('a rejected repair leaves the job in review with what it has', async () => {
    const job = await waitingForRepair();
    const answer = await job.update('reject', { reason: 'good enough' });
    expect(answer.status).toBe('needs_review');
    const view = await job.status();
    expect(view.error).toMatchObject({ code: 'criteria_unmet' });
    expect(view.error!.message).toContain('good enough');
    expect(view.tasks.at(-1)).toMatchObject({ status: 'skipped', reason: 'rejected' });
    await job.update('finish');
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });

  test('what has run can be edited no more, and not planned anew; the repair can', async () => {
    const job = await waitingForRepair();
    const { tasks } = (await planned(job)).plan as Plan;
    await expect(job.update('revise', { feedback: 'all anew' })).rejects.toThrow();
    const changed = tasks.map((task) => ({ ...task, title: 'another' }));
    await expect(job.update('replace_plan', { plan: { tasks: changed }, version: 2 })).rejects.toThrow();
    await expect(
      job.update('replace_plan', { plan: { tasks: tasks.slice(1) }, version: 2 }),
    ).rejects.toThrow();
    const repair = { ...tasks[2]!, description: 'Say it with a cat' };
    await job.update('replace_plan', { plan: { tasks: [...tasks.slice(0, 2), repair] }, version: 2 });
    await until(async () => (await planned(job)).checked, { what: 'the check of the edited version' });
    fake.expect(
      says('The cat sat on the mat', 'Say it with a cat'),
      synthesis(),
      verdicts([['rhyme', 'met', 'The cat sat on the mat']]),
    );
    await job.update('approve', { plan_version: 3 });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });
});

describe('an answer of the verifier that can not be read', () => {
  const unreadable = (text: string, ...material: string[]) => ({
    ...verdicts([], ...material),
    reply: { type: 'message' as const, text },
  });
  const judged = (verdict: 'met' | 'unmet' = 'met') =>
    verdicts([['c1', verdict, 'forty-two']], 'Your last answer, and what is wrong with it');
  const answered = () =>
    startJob(worker, {
      plan: planOf([{ task_id: 'a', command: 'echo forty-two' }], {
        acceptance_criteria: ['It is answered'],
      }),
    });

  test('is sent back with what is wrong', async () => {
    fake.expect(synthesis(), unreadable('It is met, I think.'), {
      ...judged(),
      prompt_includes: ['Your last answer, and what is wrong with it', 'is not JSON', 'It is met, I think.'],
    });
    const job = await answered();
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect((await job.status()).criteria).toMatchObject([
      { verdict: 'met', evidence: '"forty-two" this is met' },
    ]);
  });

  test('leaves its criteria unverified after two repairs, and says why', async () => {
    fake.expect(
      synthesis(),
      unreadable('{"verdicts": "all fine"}'),
      unreadable(
        '{"verdicts": [{"criterion_id": "c1", "verdict": "yes", "quote": "", "reason": ""}]}',
        'all fine',
      ),
      unreadable('Sorry.', 'wrong with it'),
    );
    const job = await answered();
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const [criterion] = (await job.status()).criteria;
    expect(criterion).toMatchObject({ verdict: 'unverified' });
    expect(criterion!.evidence).toContain('its answer was not valid after 2 repairs: the answer is not JSON');
    const calls = (await worker.store.readLedger(job.job_id)).filter(
      ({ purpose }) => purpose === 'verification',
    );
    expect(calls.map(({ status }) => status)).toEqual(['settled', 'settled', 'settled']);
  });
});

describe('evidence', () => {
  test('quotes from an artifact count, invented ones do not, whatever the verdict', async () => {
    fake.expect(
      synthesis(),
      verdicts(
        [
          ['c1', 'met', 'the answer is forty-two'],
          ['c2', 'met', 'this was never written'],
          ['c3', 'unmet', 'nor was this'],
        ],
        'the answer is forty-two',
      ),
    );
    const write = 'echo "Indeed, the answer is forty-two." > "$ORCHESTRATOR_ARTIFACTS/answer.txt"';
    const job = await startJob(worker, {
      plan: planOf([{ task_id: 'a', command: write }], {
        acceptance_criteria: ['The answer is given', 'The question is given', 'It is proven'],
      }),
    });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const { criteria, plan_version } = await job.status();
    expect(criteria.map(({ verdict }) => verdict)).toEqual(['met', 'unverified', 'unverified']);
    expect(criteria[0]!.evidence).toContain('"the answer is forty-two"');
    expect(plan_version).toBe(1);
  });

  test('a command that says no is repaired by an agent with a model, and asked again', async () => {
    fake.expect(synthesis(), says('I have seen to it', 'Criterion `c1`', 'exit code 1'), synthesis());
    const job = await startJob(worker, {
      plan: planOf([{ task_id: 'a', acceptance_criteria: ['c1'] }], {
        // fails the first time it is asked
        acceptance_criteria: [
          { criterion_id: 'c1', text: 'it is seen to', command: 'test -e seen || { touch seen; exit 1; }' },
        ],
      }),
    });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const { tasks, criteria } = await job.status();
    expect(tasks.at(-1)).toMatchObject({ task_id: 'repair-1-1', agent: 'general' });
    expect(criteria[0]!.verdict).toBe('met');
  });

  test('without a model nothing is repaired: an unmet command goes to a person', async () => {
    const bare = await startTestWorker();
    try {
      const job = await startJob(bare, {
        plan: planOf([{ task_id: 'a' }], {
          acceptance_criteria: [{ criterion_id: 'c1', text: 'it is', command: 'false' }, 'it sings'],
        }),
      });
      const view = await job.reach('needs_review');
      expect(view.error!.message).toContain('no agent with a model can repair it');
      expect(view.criteria.map(({ verdict }) => verdict)).toEqual(['unmet', 'unverified']);
      expect(view.criteria[1]!.evidence).toContain('Set ANTHROPIC_API_KEY');
      expect(view.plan_version).toBe(1);
      await job.update('cancel');
      await job.result();
    } finally {
      await bare.close();
    }
  });
});
