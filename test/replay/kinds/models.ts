import { type FakeAnthropic, startFakeAnthropic } from '../../fakes/anthropic.ts';
import { inSource, makeSource } from '../../repository-jobs/source.ts';
import { planOf, startJob, type TestJob } from '../../setup/jobs.ts';
import { until } from '../../setup/until.ts';
import { openStage, type Studio } from '../stage.ts';
import { endedAs, type Kinds } from './kind.ts';

const KEY = 'sk-ant-fake-0123456789';

const says = (text: string, prompt_includes: string) => ({
  prompt_includes,
  structured: false,
  reply: { type: 'message' as const, text },
});
const synthesis = () => ({
  system_includes: 'write the report',
  structured: false,
  reply: { type: 'message' as const, text: 'All in all, good.' },
});
const json = (value: unknown, prompt_includes?: string) => ({
  ...(prompt_includes ? { prompt_includes } : {}),
  structured: true,
  reply: { type: 'message' as const, json: value },
});
const objectives = (acceptance_criteria: string[] = []) => ({
  ...json({ objectives: ['Do it'], constraints: [], acceptance_criteria }),
  system_includes: 'objectives',
});
const planned = (task_id: string, rest: object = {}) => ({
  task_id,
  title: `Do ${task_id}`,
  description: `Think about ${task_id}`,
  agent: 'general',
  depends_on: [],
  ...rest,
});
const tasks = (list: object[], prompt_includes?: string) =>
  json({ rationale: 'because', tasks: list }, prompt_includes);
const thought = (task_id: string) => ({ task_id, agent: 'general', description: `Think about ${task_id}` });

/** A stage with a model; its kinds share one script, so they are played one after the other. */
export async function openModelStage(studio: Studio) {
  const fake = await startFakeAnthropic({ api_key: KEY });
  const stage = await openStage(studio, {
    env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: fake.url },
    config: { models: { max_output_tokens: 1000 }, repositories: { roots: [studio.folder] } },
  });
  return {
    stage,
    kinds: kindsWith(fake, studio.folder),
    async close() {
      await stage.close();
      await fake.close();
      fake.assertDone();
    },
  };
}

/** A turn of the agent whose task is described so, with calls of tools or a text. */
const turn = (prompt_includes: string, reply: object) => ({
  prompt_includes,
  structured: false,
  reply: { type: 'message' as const, ...reply },
});
const use = (id: string, name: string, input: Record<string, unknown>) => ({ id, name, input });

const LEADS = 'The project ends only when you call';
/** A turn of an agent that leads. */
const led = (prompt_includes: string | string[], reply: object, times = 1) => ({
  prompt_includes,
  times,
  structured: false,
  system_includes: LEADS,
  reply: { type: 'message' as const, ...reply },
});
const wish = (name: string, input: Record<string, unknown>) => ({ name, input });
const delegated = (task_description: string) =>
  wish('delegate_task', { agent_id: 'general', task_description });
const completed = (summary: string) => wish('project_complete', { summary, status: 'completed' });
const project = (goal: string) => ({ strategy: 'boss' as const, boss_agent: 'boss', description: goal });

/** Answers question `index` of the job once its boss has had so many turns: what comes of it is new to the boss. */
async function answerAfter(job: TestJob, fake: FakeAnthropic, index: number, turns: number): Promise<void> {
  const asked = await until(
    async () => (await job.events()).filter(({ type }) => type === 'approval.requested')[index],
    { what: `question ${index}` },
  );
  const { description } = (await job.status()).tasks[0]!;
  const had = () =>
    fake.calls.filter(
      ({ body, complete }) =>
        complete &&
        JSON.stringify(body.system).includes(LEADS) &&
        JSON.stringify(body.messages).includes(description),
    ).length;
  await until(() => had() >= turns, { what: `turn ${turns} of the boss` });
  const { approval_id } = asked.data as { approval_id: string };
  await job.update('decide_approval', { approval_id, decision: 'approve', answer: 'yes' });
}

const kindsWith = (fake: FakeAnthropic, folder: string): Kinds => ({
  async 'boss-story'(stage) {
    const asks = (question: string) =>
      turn('# Your task: Paint the sign', { tool_use: [wish('ask_human', { question })] });
    fake.expect(
      led('Run a shop', { tool_use: [delegated('Paint the sign')] }),
      led('Run a shop', { text: 'I wait for the sign.' }),
      led(['Run a shop', 'Which colour?'], {
        tool_use: [wish('send_agent_message', { to_agent: 'general', message: 'Red' })],
      }),
      led('Run a shop', { text: 'I wait for the paint to dry.' }),
      led(['Run a shop', 'The sign is red'], { tool_use: [completed('The shop is open.')] }),
      asks('Shall I?'),
      turn('# Your task: Paint the sign', {
        tool_use: [wish('report_progress', { status: 'blocked', message: 'Which colour?' })],
      }),
      asks('Really?'),
      turn('# Your task: Paint the sign', { text: 'The sign is red.' }),
    );
    const job = await startJob(stage, project('Run a shop'));
    await answerAfter(job, fake, 0, 2);
    await answerAfter(job, fake, 1, 4);
    return endedAs(job, 'completed');
  },

  async 'boss-not-completed'(stage) {
    fake.expect(led('Go fishing', { text: 'I fish.' }), led('Go fishing', { text: 'I fish on.' }));
    return endedAs(await startJob(stage, project('Go fishing')), 'failed');
  },

  async 'boss-continued'(stage) {
    const parts = [1, 2, 3];
    fake.expect(
      ...parts.flatMap((part) => [
        led('Lay a road', { tool_use: [delegated(`Lay part ${part}`)] }),
        led('Lay a road', { text: `I wait for part ${part}.` }),
      ]),
      led('Lay a road', { tool_use: [completed('It is laid.')] }),
      ...parts.flatMap((part) => [
        turn(`# Your task: Lay part ${part}`, { tool_use: [wish('ask_human', { question: 'Now?' })] }),
        turn(`# Your task: Lay part ${part}`, { text: `Part ${part} is laid.` }),
      ]),
    );
    const job = await startJob(stage, project('Lay a road'), { continue_after_events: 50 });
    for (const part of parts) await answerAfter(job, fake, part - 1, 2 * part);
    return endedAs(job, 'completed');
  },

  async 'llm-tools'(stage) {
    fake.expect(
      synthesis(),
      turn('Build it', {
        tool_use: [
          use('t1', 'write_file', { file_path: 'a.txt', content: 'a' }),
          use('t2', 'report_progress', { status: 'working', message: 'half way' }),
        ],
      }),
      turn('Build it', {
        tool_use: [
          use('t3', 'ask_human', { question: 'Red or blue?' }),
          use('t4', 'bash', { command: 'echo built' }),
        ],
      }),
      turn('the blue one', {
        tool_use: [use('t5', 'finish', { result: 'It is built.', artifacts: ['a.txt'] })],
      }),
    );
    const plan = planOf([{ task_id: 'build', agent: 'coder', description: 'Build it' }]);
    const job = await startJob(stage, { plan });
    for (const decided of [0, 1]) {
      const asked = await until(
        async () => (await job.events()).filter(({ type }) => type === 'approval.requested')[decided],
        { what: 'a request' },
      );
      const { approval_id } = asked.data as { approval_id: string };
      await job.update('decide_approval', { approval_id, decision: 'approve', answer: 'the blue one' });
    }
    return endedAs(job, 'completed');
  },

  async 'llm-progress'(stage) {
    const report = (status: string, message: string) => ({
      tool_use: [wish('report_progress', { status, message })],
    });
    fake.expect(
      synthesis(),
      turn('Count the sheep', report('working', 'one')),
      turn('Count the sheep', report('working', 'two')),
      turn('Count the sheep', report('done', 'the white ones')),
      turn('Count the sheep', report('working', 'four')),
      turn('Count the sheep', { text: 'Four.' }),
    );
    const plan = planOf([{ task_id: 'sheep', agent: 'general', description: 'Count the sheep' }]);
    return endedAs(await startJob(stage, { plan }), 'completed');
  },

  async 'repository-delegated'(stage) {
    const subtask = { description: 'The door', agent: 'general', dependencies: [], files: ['door.txt'] };
    const door = { file_path: 'door.txt', content: 'a door' };
    fake.expect(
      turn('Draw a house', {
        tool_use: [
          wish('plan_tasks', { task: 'Draw the door' }),
          wish('write_file', { file_path: 'house.txt', content: 'a house' }),
        ],
      }),
      json({ subtasks: [subtask] }, 'Draw the door'),
      turn('# Your task: The door', { tool_use: [wish('write_file', door)] }),
      turn('# Your task: The door', { text: 'Drawn.' }),
      { ...synthesis(), prompt_includes: 'Draw the door' },
      turn('Draw a house', { text: 'A house with a door.' }),
    );
    const plan = planOf([{ task_id: 'house', agent: 'general', description: 'Draw a house' }]);
    const source = inSource(makeSource({ 'a.txt': 'a\n' }, folder));
    return endedAs(await startJob(stage, { ...source, plan, synthesis: 'none' }), 'completed');
  },

  async 'model-plan-repaired'(stage) {
    fake.expect(
      objectives(['It works']),
      tasks([planned('one', { depends_on: ['ghost'] })]),
      tasks([planned('one', { acceptance_criteria: ['c1'] })], 'ghost'),
      synthesis(),
      says('It works.', 'Think about one'),
      json({ verdicts: [{ criterion_id: 'c1', verdict: 'met', quote: 'It works.', reason: 'said so' }] }),
    );
    const job = await startJob(stage, { approval: 'required' });
    await job.reach('awaiting_approval');
    await job.update('approve', { plan_version: 1 });
    return endedAs(job, 'completed');
  },

  async 'model-plan-given-up'(stage) {
    const bad = tasks([planned('one', { depends_on: ['ghost'] })]);
    fake.expect(objectives(), bad, bad, bad);
    const job = await startJob(stage, { approval: 'required', description: '1. Look\n2. Write' });
    await job.reach('awaiting_approval');
    await job.update('reject');
    return endedAs(job, 'rejected');
  },

  async 'llm-parked'(stage) {
    const reply = { type: 'rate_limited' as const, retry_after: '6' };
    fake.expect({ prompt_includes: 'Think about busy', structured: false, reply }, synthesis());
    fake.expect(says('done', 'Think about busy'));
    const plan = planOf([thought('busy'), { task_id: 'other' }]);
    return endedAs(await startJob(stage, { max_workers: 1, plan }), 'completed');
  },

  async 'synthesis-and-verification'(stage) {
    fake.expect(
      synthesis(),
      json({ verdicts: [{ criterion_id: 'c2', verdict: 'unmet', quote: '', reason: 'nothing of it' }] }),
    );
    const job = await startJob(stage, {
      max_repair_rounds: 0,
      plan: planOf([{ task_id: 'a', command: 'echo hello' }], {
        acceptance_criteria: [
          { criterion_id: 'c1', text: 'it runs', command: 'test -d .' },
          { criterion_id: 'c2', text: 'it sings' },
        ],
      }),
    });
    await job.reach('needs_review');
    await job.update('finish');
    return endedAs(job, 'completed');
  },

  async 'budget-added'(stage) {
    const job = await startJob(stage, { budget_usd: 0.0001, plan: planOf([thought('dear')]) });
    await job.reach('needs_review');
    fake.expect(synthesis(), says('worth it', 'Think about dear'));
    await job.update('add_budget', { add_usd: 1 });
    return endedAs(job, 'completed');
  },

  async 'leases-wait-for-each-other'(stage) {
    const names = ['p1', 'p2', 'p3', 'p4'];
    fake.expect(synthesis(), ...names.map((name) => says(`about ${name}`, `Think about ${name}`)));
    const plan = planOf(names.map(thought));
    return endedAs(await startJob(stage, { budget_usd: 0.06, plan }), 'completed');
  },

  async 'synthesis-without-money'(stage) {
    const plan = planOf([{ task_id: 'a', command: 'echo hello' }]);
    const job = await startJob(stage, { budget_usd: 0.0001, plan });
    await job.reach('needs_review');
    await job.update('finish', { actor: 'ann' });
    return endedAs(job, 'completed');
  },

  async 'llm-refused'(stage) {
    const reply = { type: 'message' as const, text: 'No.', stop_reason: 'refusal' as const };
    fake.expect({ prompt_includes: 'Think about evil', reply });
    const plan = planOf([thought('evil')]);
    return endedAs(await startJob(stage, { on_task_failure: 'fail', plan }), 'failed');
  },

  async 'llm-cancelled'(stage) {
    fake.expect({ prompt_includes: 'Think about ever', reply: { type: 'hang', after_text: 'so far' } });
    const calls = fake.calls.length;
    const job = await startJob(stage, { plan: planOf([thought('ever')]) });
    await until(() => fake.calls.length > calls, { what: 'the call' });
    await job.update('cancel');
    return endedAs(job, 'cancelled');
  },
});
