import { mkdirSync, symlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { loadRoster } from '../../config/roster.ts';
import type { Plan } from '../../contracts/plan.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { assistantProgramOf } from '../setup/assistants.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import type { AssistantFake } from './fake.ts';
import { assistant, codingConfig, dropScratch, environmentFor, fakeFor, scratch } from './setup.ts';

const { path, ...missing } = assistantProgramOf('claude');
const why = path === undefined ? ` (${Object.values(missing)})` : '';

describe.skipIf(path === undefined)(`a planner and the assistants of the project${why}`, () => {
  let planner: FakeAnthropic;
  let claude: AssistantFake;
  let world: TestWorker;
  beforeAll(async () => {
    [planner, claude] = await Promise.all([startFakeAnthropic(), fakeFor('claude')]);
    const programs = join(scratch(), 'bin');
    mkdirSync(programs);
    symlinkSync(path!, join(programs, 'claude'));
    // on PATH, and nothing lets it in
    symlinkSync(path!, join(programs, 'gemini'));
    const { roster } = loadRoster({ agents_dir: null, http_agents: [], config_label: 'test' });
    const others = [
      assistant('claude', { billing: 'subscription' }, 'member'),
      assistant('claude', { model: undefined }, 'nameless'),
      assistant('claude', { model: 'a-model-nobody-knows' }, 'unknown'),
    ];
    world = await startTestWorker({
      env: { ANTHROPIC_API_KEY: planner.api_key, ANTHROPIC_BASE_URL: planner.url },
      config: codingConfig('claude'),
      deps: {
        roster: [...roster, ...others],
        work_dir: join(scratch(), 'work'),
        environment: {
          ...environmentFor('claude', claude),
          PATH: `${programs}:/usr/bin:/bin`,
          // a key, and no program
          OPENAI_API_KEY: 'sk-fake-0123456789',
        },
      },
    });
  });
  afterAll(async () => {
    await world?.close();
    await Promise.all([planner?.close(), claude?.close()]);
    dropScratch();
  });
  afterEach(() => {
    planner.assertDone();
    claude.assertDone();
  });

  const json = (value: object) => ({ structured: true, reply: { type: 'message' as const, json: value } });
  const tasks = (agent: string) =>
    json({
      rationale: 'It is one for an assistant.',
      tasks: [
        {
          ...{ task_id: 'greet', title: 'Greet', description: 'Write the greeting', agent, depends_on: [] },
        },
      ],
    });

  test('it is offered those that are there, chooses one by name, and that one carries the plan out', async () => {
    planner.expect(
      json({ objectives: ['Greet'], constraints: [], acceptance_criteria: [] }),
      tasks('claude'),
      { reply: { type: 'message', text: 'The greeting is written.' } },
    );
    const job = await startJob(world, { approval: 'auto' });
    const file = join(world.deps.work_dir, job.job_id, 'greeting.txt');
    claude.expect('Write the greeting', 0, { text: 'I write it.', write: { path: file, content: 'hello' } });
    claude.expect('Write the greeting', 1, { text: 'It is written.' });
    const view = await job.reach('completed', 'failed', 'needs_review');
    expect(view.tasks).toMatchObject([
      { task_id: 'greet', agent: 'claude', status: 'completed', output_preview: 'It is written.' },
    ]);
    expect(await readFile(file, 'utf8')).toBe('hello');
    const offered = JSON.stringify(planner.calls[1]!.body);
    expect(offered).toContain('`claude`');
    for (const name of ['codex', 'gemini', 'opencode']) expect(offered).not.toContain(`\`${name}\``);
  });

  test('one that it names though it is not there is certain to be blocked, and the plan says why', async () => {
    planner.expect(json({ objectives: ['Greet'], constraints: [], acceptance_criteria: [] }), tasks('codex'));
    const job = await startJob(world, { approval: 'required' });
    await job.reach('awaiting_approval');
    const { plan } = await job.handle.query<{ plan: Plan }>('plan');
    expect(plan.warnings).toEqual([expect.stringMatching(/greet: The program `codex` is not on/)]);
    await job.update('reject');
    await job.result();
  });

  test('a plan with assistants is forecast with them, and says how', async () => {
    const tasks = ['claude', 'claude', 'member', 'nameless', 'unknown'].map((agent, index) => ({
      ...{ task_id: `t${index}`, agent, max_attempts: index + 1, description: 'Work' },
    }));
    const forecast = async (count: number) => {
      const job = await startJob(world, { approval: 'required', plan: planOf(tasks.slice(0, count)) });
      await job.reach('awaiting_approval');
      const { plan } = await job.handle.query<{ plan: Plan }>('plan');
      await job.update('reject');
      await job.result();
      return plan;
    };
    const one = (await forecast(1)).forecast;
    expect(one.cost_usd_low).toBeGreaterThan(0);
    expect(one.cost_usd_high).toBeGreaterThan(one.cost_usd_low);
    expect(one.basis).toContain(
      'claude-sonnet-5 (anthropic) of the coding assistant claude for 1 task, price: config',
    );
    const two = (await forecast(2)).forecast;
    expect(two.cost_usd_low).toBeCloseTo(one.cost_usd_low * 2, 5);
    expect(two.cost_usd_high).toBeCloseTo(one.cost_usd_high * 3, 5);
    // nothing is added by those that cost nothing, or nobody knows what
    const { forecast: all, warnings } = await forecast(5);
    expect(all).toMatchObject({ cost_usd_low: two.cost_usd_low, cost_usd_high: two.cost_usd_high });
    expect(all.basis).toContain('price: subscription: no money is counted');
    expect(all.basis).toContain("(claude's own) (anthropic) of the coding assistant claude for 1 task");
    expect(warnings.join()).toMatch(/certain to be blocked: t3: the price of the model \(claude's own\)/);
    expect(warnings.join()).toMatch(/certain to be blocked: t4: the price of the model a-model-nobody-knows/);
  });
});
