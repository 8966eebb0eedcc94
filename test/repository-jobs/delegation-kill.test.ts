import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { mirrorFolder } from '../../activities/repository/mirror/mirror.ts';
import { API_KEY, agentConfig, shellAgent, synthesis, turn, use, work } from '../agents/setup.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';
import { run } from '../repository/task-host.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { type KillingGit, killingGit, MOMENTS, type Moment } from './killing-git.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';
import { startWorkerWorld, type WorkerProcess, type WorkerWorld } from './worker-process.ts';

/** `ORCHESTRATOR_CHAOS=long` kills before, beside and after each of these calls. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
/** What the agent has done is committed, others begin with it, land, and what they did is brought into its clone. */
const BLOWS: [only: string, moment: Moment][] = [
  ['commit-tree', 'after'],
  ['/base', 'beside'],
  ['merge-tree', 'before'],
  ['read-tree -m -u', 'before'],
  ['read-tree -m -u', 'after'],
];
const blows = isLong ? BLOWS.flatMap(([only]) => MOMENTS.map((moment) => [only, moment] as const)) : BLOWS;

const sources: Source[] = [];
let fake: FakeAnthropic;
let git: KillingGit;
// in a sandbox git could not kill the worker
let world: WorkerWorld;
let worker: WorkerProcess;
const start = () =>
  world.start({ path: git.path, env: { ANTHROPIC_API_KEY: API_KEY, ANTHROPIC_BASE_URL: fake.url } });
beforeAll(async () => {
  fake = await startFakeAnthropic({ api_key: API_KEY });
  git = killingGit();
  world = await startWorkerWorld(stringify(agentConfig({ ...ANY_SOURCE, sandbox: { mode: 'off' } })));
  mkdirSync(join(world.folder, 'agents'));
  writeFileSync(join(world.folder, 'agents/tester.md'), shellAgent('tester', 'You do one task at a time.'));
  worker = await start();
}, 300_000);
afterAll(async () => {
  await world?.close();
  await fake?.close();
  git?.remove();
  for (const source of sources) source.remove();
});

/** A call whose answer is lost with the worker is made once more. */
const AGAIN = { times: 2 };

function expectNewspaper(n: number): void {
  const bash = (command: string) => ({ tool_use: [use('bash', { command })] });
  const asked = `Find the stories of day ${n}`;
  const paper = `Write the newspaper of day ${n}`;
  const parts = ['north', 'south'].map((part) => ({ part, about: `# Your task: The ${part} of day ${n}` }));
  const subtasks = ['north', 'south'].map((part) => ({
    ...{ description: `The ${part} of day ${n}`, agent: 'tester', dependencies: [], files: [`${part}.txt`] },
  }));
  fake.expect(
    turn(
      paper,
      { tool_use: [use('plan_tasks', { task: asked }), use('bash', { command: 'echo mine > mine.txt' })] },
      { turn: 0, ...AGAIN },
    ),
    {
      ...{ system_includes: 'split the request into subtasks', prompt_includes: asked, structured: true },
      ...AGAIN,
      reply: { type: 'message', json: { subtasks } },
    },
    ...parts.flatMap(({ part, about }) => [
      turn(about, bash(`cat mine.txt > ${part}.txt`), { turn: 0, ...AGAIN }),
      turn(about, { text: 'Done.' }, { turn: 1, ...AGAIN }),
    ]),
    { ...synthesis(2), prompt_includes: asked },
    turn(paper, bash('cat *.txt > paper'), { turn: 1, ...AGAIN }),
    turn(paper, { text: 'The newspaper.' }, { turn: 2, ...AGAIN }),
    { ...synthesis(2), prompt_includes: `Day ${n}.` },
  );
}

/** Runs a job whose agent delegates; the worker is started again when it has died. Gives the tree and the commits. */
async function play(n: number, blow: readonly [string, Moment] | null) {
  const source = makeSource({ 'a.txt': 'a\n', check: 'test -e mine.txt || test ! -e paper\n' });
  sources.push(source);
  expectNewspaper(n);
  if (blow) git.arm(1, blow[1], blow[0]);
  else git.arm(null);
  const job = await startJob(
    world,
    {
      ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
      ...{ title: `Day ${n}.`, description: `Day ${n}.` },
      plan: planOf([work('paper', `Write the newspaper of day ${n}`)]),
    },
    { heartbeat_seconds: 2 },
  );
  const over = job.result().then(() => 'over' as const);
  while ((await Promise.race([over, worker.ended])) !== 'over') worker = await start();
  expect(await job.result()).toMatchObject({ status: 'completed' });
  if (blow) expect(git.hasKilled()).toBe(true);

  const branch = `orchestrator/${job.job_id}/result`;
  const view = await until(job.status, { what: 'the status' });
  expect(view.tasks[0]).toMatchObject({ attempt: 1, repository: { merge: 'landed' } });
  const events = await until(job.events, { what: 'the journal' });
  const ids = events.flatMap(({ data }) => (data.job_id ? [data.job_id as string] : []));
  expect(ids).toHaveLength(1);
  const landed = (await world.store.readEvents(ids[0]!, 0, 10_000)).filter(
    ({ type }) => type === 'merge.landed',
  );
  expect(landed).toHaveLength(2);
  const cwd = join(mirrorFolder(world.mirrors_dir, { owner: 'local', location: source.path }), 'git');
  expect(run(cwd, 'fsck', '--full', '--strict', '--no-dangling')).toBe('');
  const refs = run(cwd, 'for-each-ref', '--format=%(refname:lstrip=3)', 'refs/heads/orchestrator');
  const below = (id: string, ...names: string[]) => names.map((name) => `${id}/${name}`);
  expect(refs.split('\n').toSorted()).toEqual([
    ...below(ids[0]!, 'base', 'result', 'tasks/subtask-1', 'tasks/subtask-2'),
    ...below(job.job_id, 'base', 'result', 'tasks/paper'),
  ]);
  const subjects = source.git('log', '--format=%s', `main..${branch}`).replaceAll(/day \d+/gi, 'day');
  return { tree: source.git('rev-parse', `${branch}^{tree}`), commits: subjects.split('\n').toSorted() };
}

test('a worker that dies while an agent delegates in a repository loses nothing, and does nothing twice', {
  timeout: isLong ? 1_800_000 : 240_000,
}, async () => {
  const undisturbed = await play(0, null);
  expect(undisturbed.commits).toEqual(expect.arrayContaining(['So far: paper', 'paper']));
  for (const [index, blow] of blows.entries()) {
    try {
      expect(await play(index + 1, blow)).toEqual(undisturbed);
    } catch (error) {
      throw new Error(`killed ${blow[1]} ${blow[0]}\n${worker.output().slice(-4000)}`, { cause: error });
    }
  }
  expect(fake.unexpected).toEqual([]);
});
