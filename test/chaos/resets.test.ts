import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { synthesis, turn } from '../agents/setup.ts';
import { complete, delegate, lead, waits } from '../boss/setup.ts';
import type { FakeCall } from '../fakes/anthropic-call.ts';
import { replay } from '../replay/replay.ts';
import { until } from '../setup/until.ts';
import { randomOf } from './random.ts';
import { expectPaid, expectStory, expectWhole } from './reset-expectations.ts';
import { type ResetJob, submitTo } from './reset-round.ts';
import { anyPlace, type ResetWorld, startResetWorld } from './reset-world.ts';

/** `ORCHESTRATOR_CHAOS=long` plays many rounds; `ORCHESTRATOR_CHAOS_SEED` repeats a run. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const seed = Number(process.env.ORCHESTRATOR_CHAOS_SEED ?? (isLong ? Date.now() % 1_000_000 : 1));
const SEEDS = Array.from({ length: isLong ? 8 : 1 }, (_, index) => seed * 100 + index);
/** resets in a row */
const MOST = isLong ? 4 : 2;
const LIMIT_USD = 5;
const ADDED_USD = 1;
const BUDGET = { limit_usd: LIMIT_USD + 2 * ADDED_USD, times: 2 };
/** Any number of times: who may be asked again is checked by what was paid for. */
const EVER = { times: 50 };

let world: ResetWorld;
beforeAll(async () => {
  console.log(`resets: seed ${seed}; repeat with ORCHESTRATOR_CHAOS_SEED=${seed}`);
  world = await startResetWorld(inject('temporalBinary'), ['tester', 'ann', 'bob']);
});
afterAll(() => world?.close());

let job: ResetJob | undefined;
async function submit(roundSeed: number, body: object, about: string): Promise<ResetJob> {
  onTestFailed(() => console.log(`seed ${roundSeed}\n${world.system.output().slice(-5000)}`));
  job = await submitTo(world, body, about);
  return job;
}

const WORDS = 'This I say at some length, so that it takes its time. '.repeat(4);
// without an id: it may be answered more than once in a conversation
const bash = (command: string) => ({
  text: WORDS,
  pause_ms: 20,
  tool_use: [{ name: 'bash', input: { command } }],
});

test.each(SEEDS)(
  'a job goes on to its end after resets while it waits, works, is in review, repairs and has closed (seed %i)',
  { timeout: 300_000 },
  async (roundSeed) => {
    const random = randomOf(roundSeed);
    const about = `round ${roundSeed}`;
    world.fake.expect(
      turn(`# Your task: Write of ${about}`, bash('echo 1 >> log'), { turn: 0, ...EVER }),
      turn([`# Your task: Write of ${about}`, 'It may go on'], { text: 'Written.' }, EVER),
      // as often as it is interrupted
      turn(`# Your task: Write of ${about}`, bash('until [ -s go ]; do sleep 0.05; done; cat go'), EVER),
      turn(`# Your task: Repair: File of ${about}`, bash('touch repaired'), { turn: 0, ...EVER }),
      turn(`# Your task: Repair: File of ${about}`, { text: 'Repaired.' }, { turn: 1, ...EVER }),
      synthesis(50),
    );
    const job = await submit(roundSeed, submission(about), about);
    await job.reach('approval', ({ status }) => status === 'awaiting_approval');
    await job.resets(random, MOST);
    await job.command('approve', { plan_version: 1 });

    // while it works: what is sent meanwhile is answered, and followed once
    await until(() => job.calls().length > 0, { what: 'the agent' });
    const sent = [job.command('budget', { add_usd: ADDED_USD })];
    await job.resets(random, MOST);
    sent.push(job.command('budget', { add_usd: ADDED_USD }));
    await job.reach('the gate', ({ tasks }) => stateOf(tasks, 'gated') === 'awaiting_approval');
    sent.push(job.command('task/gated/approve'));
    await job.resets(random, MOST);
    await Promise.all(sent);

    // its task
    await until(() => turnsOf(job, 'Write').includes(1), { what: 'the second turn' });
    await job.reach('the agent', ({ tasks }) => stateOf(tasks, 'write') === 'running');
    await world.reset(anyPlace(random), job.job_id, 'write');
    const review = await job.reach('review', ({ status }) => status === 'needs_review');
    expect(review.tasks.find(isNamed('write')).error).toMatchObject({ code: 'reset' });
    await job.resets(random, MOST);
    await job.command('task/write/retry');
    job.write('go', 'It may go on');

    // a repair waits for its own approval
    const waiting = await job.reach('the repair', (view) => isRepair(view) && view.plan_checked !== false);
    expect(waiting.plan_version).toBe(2);
    await job.resets(random, MOST);
    await job.reach('the repair', isRepair);
    await job.command('approve', { plan_version: 2 });
    const end = await job.end();
    expectStory(job, end, BUDGET);
    expect(world.fake.unexpected).toEqual([]);

    // and after it has closed nothing is done again
    await job.resets(random, MOST);
    await until(() => isClosed(job), { what: 'it to close again' });
    expect((await job.end()).journal).toEqual(end.journal);
    expect((await job.end()).ledger).toEqual(end.ledger);
    expect(await replay(await world.runs(job.job_id), inject('workflowBundle')!)).toEqual([]);
    job.close();
  },
);

test.each(SEEDS)(
  'a project goes on from where its boss stood (seed %i)',
  { timeout: 300_000 },
  async (roundSeed) => {
    const random = randomOf(roundSeed + 50);
    const goal = `Boat ${roundSeed}`;
    const does = (task: string, text: string) => [
      turn(
        `# Your task: ${task} of ${goal}`,
        bash(`echo ${task} >> log; until [ -e go ]; do sleep 0.05; done`),
        {
          turn: 0,
          ...EVER,
        },
      ),
      turn(`# Your task: ${task} of ${goal}`, { text: `${text} of ${goal}` }, { turn: 1, ...EVER }),
    ];
    world.fake.expect(
      lead(goal, [delegate('ann', `Planks of ${goal}`), delegate('bob', `Paint of ${goal}`)], {
        turn: 0,
        text: WORDS,
        ...EVER,
      }),
      lead([goal, 'Oak planks', 'Green paint'], [complete(`The end of ${goal}.`)], EVER),
      waits(goal, 50),
      ...does('Planks', 'Oak planks'),
      ...does('Paint', 'Green paint'),
    );
    const job = await submit(
      roundSeed,
      { title: 'A boat', description: goal, budget_usd: LIMIT_USD, strategy: 'boss', agents: TEAM },
      goal,
    );
    await job.reach('approval', ({ status }) => status === 'awaiting_approval');
    await job.resets(random, MOST);
    await job.command('approve', { plan_version: 1 });
    await until(() => job.lines('log').length >= 2, { timeoutMs: 60_000, what: 'the workers' });
    await job.resets(random, MOST);
    job.write('go', '');
    const { view, journal, heard, ledger } = await job.end();
    expect(view).toMatchObject({ status: 'completed', stats: { total: 3, completed: 3 } });
    expect(journal.filter(({ type }) => type === 'task.completed')).toHaveLength(3);
    expect(journal.filter(({ data }) => (data as { kind?: string }).kind === 'delegation')).toHaveLength(2);
    expectWhole(journal, heard);
    expectPaid(job.calls(), ledger, view.budget);
    expect(world.fake.unexpected).toEqual([]);
    expect(await replay(await world.runs(job.job_id), inject('workflowBundle')!)).toEqual([]);
    job.close();
  },
);

const TEAM = ['ann', 'bob'].map((agent_id) => ({ agent_id, role: 'worker', specialty: 'general' }));

/** A job with commands, an agent, a gate, and a criterion that is met by a repair only. */
const submission = (about: string): object => {
  const command = (task_id: string, rest: object = {}) => ({
    ...{ task_id, title: task_id, agent: 'command', estimated_seconds: 1 },
    command: `echo ${task_id} >> begun`,
    ...rest,
  });
  const written = { title: `Write of ${about}`, description: 'Write it', agent: 'tester' };
  return {
    title: 'Resets',
    description: `Goes on whatever is reset, in ${about}`,
    budget_usd: LIMIT_USD,
    approval: 'every_version',
    plan: {
      acceptance_criteria: [
        { criterion_id: 'file', text: `File of ${about} is there`, command: 'test -e repaired' },
      ],
      tasks: [
        command('first'),
        { task_id: 'write', ...written, depends_on: ['first'], acceptance_criteria: ['file'] },
        command('gated', { depends_on: ['first'], approval: 'required' }),
        command('last', { depends_on: ['write', 'gated'] }),
      ],
    },
  };
};

interface Shown {
  task_id: string;
  status: string;
}
const isNamed = (id: string) => (task: Shown) => task.task_id === id;
const stateOf = (tasks: Shown[], id: string) => tasks.find(isNamed(id))?.status;
const isRepair = (view: { status: string; tasks: Shown[] }) =>
  view.status === 'awaiting_approval' && stateOf(view.tasks, 'repair-1-1') !== undefined;

const turnOf = ({ body }: FakeCall) => body.messages.filter(({ role }) => role === 'assistant').length;
const turnsOf = (job: ResetJob, task: string) =>
  job
    .calls()
    .filter(({ body }) => JSON.stringify(body.messages).includes(`# Your task: ${task}`))
    .map(turnOf);

async function isClosed(job: ResetJob): Promise<boolean> {
  const { status } = await world.client.workflow.getHandle(`job-${job.job_id}`).describe();
  return status.name === 'COMPLETED';
}
