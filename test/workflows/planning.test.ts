import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Plan } from '../../contracts/plan.ts';
import { createProviders } from '../../providers/registry.ts';
import { planQuery } from '../../workflows/messages.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

const KEY = 'sk-ant-fake-0123456789';
let fake: FakeAnthropic;
let worker: TestWorker;
beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: KEY });
  worker = await startTestWorker({ env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: fake.url } });
});
afterAll(async () => {
  await worker.close();
  await fake.close();
});
beforeEach(() => {
  fake.calls.length = 0;
});
afterEach(() => fake.assertDone());

const planOfJob = async (job: TestJob) => (await job.handle.query(planQuery)).plan as Plan;

const objectives = (acceptance_criteria: string[] = []) => ({
  system_includes: 'objectives',
  structured: true,
  reply: { type: 'message' as const, json: { objectives: ['Do it'], constraints: [], acceptance_criteria } },
});
const tasks = (list: object[], includes?: string) => ({
  ...(includes ? { prompt_includes: includes } : {}),
  structured: true,
  reply: { type: 'message' as const, json: { rationale: 'because', tasks: list } },
});
const task = (task_id: string, rest: object = {}) => ({
  task_id,
  title: `Do ${task_id}`,
  description: `The work of ${task_id}`,
  agent: 'general',
  depends_on: [],
  ...rest,
});

describe('planning by a model', () => {
  test('objectives and criteria first, then tasks that cover them', async () => {
    fake.expect(
      objectives(['It works']),
      tasks([task('one', { acceptance_criteria: ['c1'] }), task('two', { depends_on: ['one'] })]),
    );
    const job = await startJob(worker, { approval: 'required' });
    await job.reach('awaiting_approval');
    expect(await planOfJob(job)).toMatchObject({
      version: 1,
      source: 'model',
      rationale: 'because',
      objectives: ['Do it'],
      acceptance_criteria: [{ criterion_id: 'c1', text: 'It works' }],
      warnings: [],
      tasks: [{ task_id: 'one' }, { task_id: 'two', depends_on: ['one'] }],
    });
    const view = await job.status();
    expect(view.budget.spent_usd).toBeGreaterThan(0);
    expect(view.budget.reserved_usd).toBe(0);
    expect(await worker.store.readLedger(job.job_id)).toHaveLength(2);
    await job.update('reject');
    await job.result();
  });

  test('an invalid plan is sent back with every problem, and the repaired one is taken', async () => {
    fake.expect(
      objectives(['It works']),
      tasks([task('one', { depends_on: ['ghost'] }), task('two', { agent: 'nobody' })]),
      tasks([task('one', { acceptance_criteria: ['c1'] })], 'ghost'),
    );
    const job = await startJob(worker, { approval: 'required' });
    await job.reach('awaiting_approval');
    expect(await planOfJob(job)).toMatchObject({ source: 'model', tasks: [{ task_id: 'one' }] });
    const repair = JSON.stringify(fake.calls[2]!.body);
    expect(repair).toContain('ghost');
    expect(repair).toContain('nobody');
    expect(repair).toContain('no task covers');
    await job.update('reject');
    await job.result();
  });

  test('objectives that cannot be read are sent back too, each repair a call of its own', async () => {
    const list = (json: object, prompt_includes?: string) => ({
      ...(prompt_includes ? { prompt_includes } : {}),
      system_includes: 'objectives',
      structured: true,
      reply: { type: 'message' as const, json },
    });
    const wrong = { objectives: [], constraints: 'none', acceptance_criteria: [] };
    const right = { objectives: ['Do it well'], constraints: [], acceptance_criteria: [] };
    fake.expect(
      { ...list({}), reply: { type: 'message', text: '{"objectives": ["Do', stop_reason: 'max_tokens' } },
      list(wrong, '{"objectives": ["Do'),
      list(right, '"constraints":"none"'),
      tasks([task('one')]),
    );
    const job = await startJob(worker, { approval: 'required' });
    await job.reach('awaiting_approval');
    expect(await planOfJob(job)).toMatchObject({ source: 'model', objectives: ['Do it well'], warnings: [] });
    const repair = JSON.stringify(fake.calls[2]!.body);
    expect(repair).toContain('objectives: ');
    expect(repair).toContain('constraints: ');
    const purposes = (await worker.store.readLedger(job.job_id)).map(({ purpose }) => purpose);
    expect(purposes.sort()).toEqual(['objectives', 'objectives', 'objectives', 'tasks']);
    await job.update('reject');
    await job.result();
  });

  test('objectives that stay wrong after two repairs leave planning to the rules', async () => {
    const wrong = { ...objectives(), reply: { type: 'message' as const, json: { objectives: [] } } };
    fake.expect(wrong, wrong, wrong);
    const job = await startJob(worker, { approval: 'required' });
    await job.reach('awaiting_approval');
    const plan = await planOfJob(job);
    expect(plan.source).toBe('rules');
    expect(plan.warnings[0]).toContain('not valid after 2 repairs');
    await job.update('reject');
    await job.result();
  });

  test('after two repairs the rules take over, and the plan says so', async () => {
    const bad = tasks([task('one', { depends_on: ['ghost'] })]);
    fake.expect(objectives(), bad, bad, bad);
    const job = await startJob(worker, { approval: 'required', description: '1. Look\n2. Write' });
    await job.reach('awaiting_approval');
    const plan = await planOfJob(job);
    expect(plan).toMatchObject({ source: 'rules' });
    expect(plan.tasks).toHaveLength(2);
    expect(plan.warnings[0]).toContain('not valid after 2 repairs');
    await job.update('reject');
    await job.result();
  });

  test('a job that approves itself fails instead, saying why', async () => {
    const bad = tasks([task('one', { depends_on: ['ghost'] })]);
    fake.expect(objectives(), bad, bad, bad);
    const job = await startJob(worker, { approval: 'auto' });
    expect(await job.result()).toMatchObject({ status: 'failed' });
    expect((await job.status()).error).toMatchObject({ code: 'planning_failed' });
  });

  test('a model may not plan commands unless the config allows it', async () => {
    const sly = tasks([task('one', { agent: 'command', command: 'rm -rf /' })]);
    fake.expect(objectives(), sly, tasks([task('one')], 'may not use the agent'));
    const job = await startJob(worker, { approval: 'required' });
    await job.reach('awaiting_approval');
    expect((await planOfJob(job)).tasks[0]).toMatchObject({ agent: 'general', command: null });
    await job.update('reject');
    await job.result();
  });

  test('a refusal, a broken stream and truncated JSON do not hang the job', async () => {
    fake.expect({ structured: true, reply: { type: 'message', text: 'I will not', stop_reason: 'refusal' } });
    const job = await startJob(worker, { approval: 'required' });
    await job.reach('awaiting_approval');
    expect((await planOfJob(job)).source).toBe('rules');
    await job.update('reject');
    await job.result();

    fake.expect(
      objectives(),
      {
        structured: true,
        reply: { type: 'message', text: '{"rationale": "cut of', stop_reason: 'max_tokens' },
      },
      tasks([task('one')]),
    );
    const repaired = await startJob(worker, { approval: 'required' });
    await repaired.reach('awaiting_approval');
    expect((await planOfJob(repaired)).source).toBe('model');
    await repaired.update('reject');
    await repaired.result();
  });

  test('a rate limit parks planning and is not an error', async () => {
    fake.expect(
      { structured: true, reply: { type: 'rate_limited', retry_after: '6' } },
      objectives(),
      tasks([task('one')]),
    );
    const job = await startJob(worker, { approval: 'required' });
    await job.reach('awaiting_approval');
    expect((await planOfJob(job)).source).toBe('model');
    expect((await job.events()).some(({ type }) => type === 'task.parked')).toBe(true);
    await job.update('reject');
    await job.result();
  });
});

describe('versions of a plan', () => {
  test('feedback makes the next one, an edit the one after; a stale approval is refused', async () => {
    fake.expect(objectives(), tasks([task('better')], 'make it better'));
    const job = await startJob(worker, { approval: 'required', plan: planOf([{ task_id: 'a' }]) });
    await job.reach('awaiting_approval');
    await job.update('revise', { feedback: 'make it better' });
    const second = await job.reach('awaiting_approval');
    expect(second.plan_version).toBe(2);
    expect(second.tasks.map(({ task_id }) => task_id)).toEqual(['better']);
    const edited = await job.update('replace_plan', {
      version: 2,
      plan: planOf([{ task_id: 'mine', agent: 'human' }]),
    });
    expect(edited.plan_version).toBe(3);
    const stale = await job
      .update('approve', { plan_version: 2 })
      .catch((error: { cause: unknown }) => error.cause);
    expect(stale).toMatchObject({ details: [{ code: 'stale_version' }] });
    const answer = await job.handle.query(planQuery, { version: 1 });
    expect(answer).toMatchObject({ versions: [1, 2, 3], plan: { source: 'given' } });
    await job.update('cancel');
    await job.result();
  });

  test('a plan that the model fails to revise stands as it was, and can be approved', async () => {
    fake.expect({ structured: true, reply: { type: 'message', text: 'I will not', stop_reason: 'refusal' } });
    const plan = planOf([{ task_id: 'a', agent: 'human' }]);
    const job = await startJob(worker, { approval: 'required', plan });
    await job.reach('awaiting_approval');
    await job.update('revise', { feedback: 'make it better' });
    const view = await job.reach('awaiting_approval');
    expect(view).toMatchObject({ plan_version: 1, warnings: [expect.stringContaining('was not revised')] });
    expect(await planOfJob(job)).toMatchObject({ source: 'given', tasks: [{ task_id: 'a' }] });
    const alert = (await job.events()).find(({ type }) => type === 'alert');
    expect(alert).toMatchObject({ data: { kind: 'plan_not_revised' } });
    await until(async () => (await job.handle.query(planQuery)).checked, { what: 'the check' });
    expect(await job.update('approve')).toMatchObject({ status: 'running', plan_version: 1 });
    await job.update('cancel');
    await job.result();
  });

  test('without a model, feedback on a given plan is refused, and the plan stays; its blocked tasks are told', async () => {
    await worker.restart({ providers: createProviders({}, worker.deps.config) });
    const plan = planOf([{ task_id: 'a' }, { task_id: 'think', agent: 'general' }]);
    const job = await startJob(worker, { approval: 'required', plan });
    const { warnings } = await job.reach('awaiting_approval');
    expect(warnings).toEqual([expect.stringMatching(/blocked: think: .*ANTHROPIC_API_KEY.*no_provider/)]);
    const told = (await job.events()).filter(({ data }) => 'warnings' in data);
    expect(told.map(({ type }) => type)).toEqual(['plan.proposed', 'approval.requested']);
    for (const { data } of told) expect(data.warnings).toEqual(warnings);
    const refused = await job
      .update('revise', { feedback: 'make it better' })
      .catch((error: { cause: unknown }) => error.cause);
    expect(refused).toMatchObject({ details: [{ code: 'conflict' }] });
    expect(await planOfJob(job)).toMatchObject({
      version: 1,
      tasks: [{ command: 'true' }, { agent: 'general' }],
    });
    await job.update('cancel');
    await job.result();
    await worker.restart();
  });

  test('an edit that names an unknown agent cannot be approved, and says which', async () => {
    const job = await startJob(worker, { approval: 'required', plan: planOf([{ task_id: 'a' }]) });
    await job.reach('awaiting_approval');
    await job.update('replace_plan', { plan: planOf([{ task_id: 'a', agent: 'stranger' }]) });
    await until(async () => (await job.handle.query(planQuery)).checked, { what: 'the edit to be checked' });
    const refused = await job.update('approve').catch((error: { cause: unknown }) => error.cause);
    const fields = [{ path: 'tasks.0.agent', task_id: 'a' }];
    expect(refused).toMatchObject({ details: [{ code: 'conflict', fields }] });
    await job.update('replace_plan', { plan: planOf([{ task_id: 'a', agent: 'human' }]) });
    await job.update('cancel');
    await job.result();
  });
});
