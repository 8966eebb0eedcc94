import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { mirrorFolder } from '../../activities/repository/mirror/mirror.ts';
import {
  agentNamed,
  callsAbout,
  fault,
  lastMessage,
  reachLate,
  replayProblems,
  synthesis,
  turn,
  use,
  useAgents,
  work,
} from '../agents/setup.ts';
import type { StepInput } from '../fakes/anthropic-script.ts';
import { run } from '../repository/task-host.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

const world = useAgents({
  config: { ...ANY_SOURCE, limits: { artifact_bytes: 1_000_000 } },
  agents: [agentNamed('tester')],
});
const sources: Source[] = [];
afterAll(() => {
  for (const source of sources) source.remove();
});
const sourceOf = (files: Record<string, string>) => {
  const source = makeSource(files);
  sources.push(source);
  return source;
};
const CHECKED = { commands: { setup: null, check: 'sh check', lock: null } };
const resultOf = (job_id: string) => `orchestrator/${job_id}/result`;

/** The planner's answer to what was delegated: a task for each of these. */
const planned = (about: string, tasks: { description: string; files: string[] }[]): StepInput => ({
  system_includes: 'split the request into subtasks',
  prompt_includes: about,
  structured: true,
  reply: {
    type: 'message',
    json: { subtasks: tasks.map((task) => ({ ...task, agent: 'tester', dependencies: [] })) },
  },
});
const report = (about: string): StepInput => ({ ...synthesis(), prompt_includes: about });

/** What an agent of such a task does: it writes a file, or runs a command, and is done. */
const doing = (about: string, call: ReturnType<typeof use>, said = 'Done.') => [
  turn(`# Your task: ${about}`, { tool_use: [call] }, { turn: 0 }),
  turn(`# Your task: ${about}`, { text: said }, { turn: 1 }),
];
const bash = (command: string) => use('bash', { command });
const plan = (task: string) => use('plan_tasks', { task, maxSubtasks: 3 });

/** Ids of the jobs that tasks of it had planned, in order. */
const delegatedBy = async (job: TestJob, count = 1): Promise<string[]> =>
  until(
    async () => {
      const ids = (await job.events()).flatMap(({ type, data }) =>
        type === 'task.progress' && data.job_id ? [data.job_id as string] : [],
      );
      return ids.length >= count && ids;
    },
    { what: `${count} delegated jobs` },
  );
const archived = async (id: string) => (await world.store.readArchived(id))!;

test('others begin with what the agent has done, uncommitted or not, and what they did side by side is in its folder, and lands with its work', async () => {
  const source = sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n', check: 'grep -q . a.txt b.txt\n' });
  world.fake.expect(
    turn(
      'Write a newspaper',
      {
        // the plan begins when the other call of the turn has ended
        tool_use: [plan('Find two stories'), bash('echo mine > mine.txt; sleep 1; echo more >> mine.txt')],
      },
      { turn: 0 },
    ),
    planned('Find two stories', [
      { description: 'The work of north', files: ['a.txt'] },
      { description: 'The work of south', files: ['b.txt'] },
    ]),
    ...doing('The work of north', bash('cat mine.txt > a.txt'), 'A story of the north.'),
    ...doing('The work of south', bash('echo south > b.txt; git rm -q --cached mine.txt; rm mine.txt')),
    report('Find two stories'),
    turn(
      'Write a newspaper',
      { tool_use: [bash('git log --format=%s; git status --short; cat a.txt b.txt; ls')] },
      { turn: 1 },
    ),
    turn('Write a newspaper', { tool_use: [bash('echo last > last.txt')] }, { turn: 2 }),
    turn('Write a newspaper', { text: 'The newspaper.' }, { turn: 3 }),
    report('A test'),
  );
  const job = await startJob(world, {
    ...inSource(source, CHECKED),
    plan: planOf([work('paper', 'Write a newspaper')]),
  });
  const view = await reachLate(job, 'completed');
  const branch = resultOf(job.job_id);
  expect(['a.txt', 'b.txt', 'last.txt'].map((file) => source.show(branch, file))).toEqual([
    'mine\nmore',
    'south',
    'last',
  ]);
  expect(source.git('diff', '--name-only', 'main', branch).split('\n')).toEqual([
    'a.txt',
    'b.txt',
    'last.txt',
  ]);
  expect(view.tasks[0]).toMatchObject({ attempt: 1, repository: { merge: 'landed', files_changed: 3 } });
  expect(view.repository).toMatchObject({ landed: 1, delivered: { ref: branch } });

  const [id] = await delegatedBy(job);
  const other = await archived(id!);
  expect(other.view).toMatchObject({
    status: 'completed',
    repository: {
      ...{ url: source.path, base_branch: 'main', branch: resultOf(id!), landed: 2, files_changed: 3 },
      ...{ deliver: null, delivered: null, queue: [], check: { command: 'sh check', status: 'passed' } },
    },
    warnings: [
      expect.stringMatching(
        `is for the work of the task paper of the job ${job.job_id}.*orchestrator fetch ${id}`,
      ),
    ],
  });
  expect(source.git('branch', '--list', 'orchestrator/*')).toBe(branch);
  const subjects = source.git('log', '--format=%s', `main..${branch}`).split('\n');
  expect(subjects).toEqual(
    expect.arrayContaining(['So far: paper', 'The work of north', 'The work of south']),
  );

  const [, second, third] = callsAbout(world.fake, 'Write a newspaper');
  const told = lastMessage(second!);
  for (const text of [
    'status: completed',
    other.view.repository!.head_sha,
    'a.txt',
    'The work of south',
    '3 files changed',
  ])
    expect(told).toContain(text);
  expect(lastMessage(third!)).toContain('So far: paper');
  expect(lastMessage(third!)).not.toContain('mine.txt');
  expect(await replayProblems(world, job)).toEqual([]);
});

test('what failed is named with where its work is kept; what has landed comes into the folder all the same', async () => {
  const source = sourceOf({ 'a.txt': 'a\n', check: '! grep -q wrong a.txt\n' });
  world.fake.expect(
    turn('Split it up', { tool_use: [plan('Change both')] }, { turn: 0 }),
    planned('Change both', [
      { description: 'The good part', files: ['b.txt'] },
      { description: 'The bad part', files: ['a.txt'] },
    ]),
    ...doing('The good part', use('write_file', { file_path: 'b.txt', content: 'b\n' })),
    turn('# Your task: The bad part', { tool_use: [bash('echo wrong > a.txt')] }, { turn: 0, times: 3 }),
    turn('# Your task: The bad part', { text: 'Done.' }, { turn: 1, times: 3 }),
    report('Change both'),
    turn(['Split it up', 'not done: The bad part'], { text: 'In part.' }, { turn: 1 }),
    report('A test'),
  );
  const job = await startJob(world, {
    ...inSource(source, CHECKED),
    plan: planOf([work('split', 'Split it up')]),
  });
  await reachLate(job, 'completed');
  const branch = resultOf(job.job_id);
  expect(source.git('diff', '--name-only', 'main', branch)).toBe('b.txt');
  const [id] = await delegatedBy(job);
  const { view } = await archived(id!);
  const bad = view.tasks.find(({ title }) => title === 'The bad part')!;
  expect(bad).toMatchObject({ status: 'failed', repository: { merge: 'taken_back' } });
  const told = lastMessage(callsAbout(world.fake, 'Split it up')[1]!);
  expect(told).toContain(bad.repository!.head_sha);
  expect(told).toContain(`orchestrator fetch ${id} --task ${bad.task_id}`);
});

test('two plans of one turn come into the folder one after the other; what does not merge changes nothing, and the agent can merge it', async () => {
  const source = sourceOf({ 'a.txt': 'a\n' });
  const told_sha = join(source.path, '.git', 'told');
  const wait = `n=0; while [ ! -s ${told_sha} ] && [ $n -lt 600 ]; do n=$((n+1)); sleep 0.1; done`;
  const merge = `git merge $(cat ${told_sha}); grep '<<<' a.txt && echo both > a.txt && git commit -q -a -m both`;
  world.fake.expect(
    turn('Write a duet', { tool_use: [plan('Sing high'), plan('Sing low')] }, { turn: 0 }),
    planned('Sing high', [{ description: 'The high part', files: [] }]),
    planned('Sing low', [{ description: 'The low part', files: [] }]),
    ...doing('The high part', bash('echo high > a.txt; echo high > high.txt')),
    ...doing('The low part', bash('echo low > a.txt; echo low > low.txt')),
    report('Sing high'),
    report('Sing low'),
    turn('Write a duet', { tool_use: [bash(`cat a.txt; ${wait}; ${merge}`)] }, { turn: 1 }),
    turn('Write a duet', { text: 'A duet.' }, { turn: 2 }),
    report('A test'),
  );
  const job = await startJob(world, { ...inSource(source), plan: planOf([work('duet', 'Write a duet')]) });
  const ids = await delegatedBy(job, 2);
  const [, second] = await until(
    () => {
      const calls = callsAbout(world.fake, 'Write a duet');
      return calls.length === 2 && calls;
    },
    { timeoutMs: 120_000, what: 'the second turn' },
  );
  const told = lastMessage(second!);
  for (const text of [
    'is in your folder, which is at the commit',
    'is not in your folder',
    '<<<<<<<',
    'in a.txt.',
  ])
    expect(told).toContain(text);
  const heads = await Promise.all(ids.map(async (id) => (await archived(id)).view.repository!.head_sha!));
  const [left] = heads.filter((head) => told.includes(`git merge ${head}`));
  writeFileSync(told_sha, left!);
  await reachLate(job, 'completed');
  const branch = resultOf(job.job_id);
  expect(['a.txt', 'high.txt', 'low.txt'].map((file) => source.show(branch, file))).toEqual([
    'both',
    'high',
    'low',
  ]);
  for (const head of heads) source.git('merge-base', '--is-ancestor', head, branch);
  expect(await replayProblems(world, job)).toEqual([]);
});

test('work that can not be committed is not handed on: the agent is told why, and nothing is planned', async () => {
  const source = sourceOf({ 'a.txt': 'a\n' });
  world.fake.expect(
    turn('Make it big', { tool_use: [plan('Make it bigger'), bash('truncate -s 2M big.bin')] }, { turn: 0 }),
    turn(['Make it big', 'It was not planned', 'big.bin'], { tool_use: [bash('rm big.bin')] }, { turn: 1 }),
    turn('Make it big', { text: 'It is small.' }, { turn: 2 }),
    report('A test'),
  );
  const job = await startJob(world, { ...inSource(source), plan: planOf([work('big', 'Make it big')]) });
  const { budget } = await reachLate(job, 'completed');
  expect(budget.reserved_usd).toBe(0);
  expect((await job.events()).filter(({ data }) => data.job_id)).toEqual([]);
});

test('what was delegated can delegate on, and all of it comes up: each begins with what the one above has done', async () => {
  const source = sourceOf({ 'a.txt': 'a\n', check: 'true\n' });
  world.fake.expect(
    turn('Build a house', { tool_use: [bash('echo ground > ground'), plan('Build the walls')] }, { turn: 0 }),
    planned('Build the walls', [{ description: 'The walls', files: [] }]),
    turn(
      '# Your task: The walls',
      { tool_use: [bash('cat ground > walls'), plan('Put in a window')] },
      { turn: 0 },
    ),
    planned('Put in a window', [{ description: 'The window', files: [] }]),
    ...doing('The window', bash('cat ground walls > window')),
    report('Put in a window'),
    turn('# Your task: The walls', { text: 'Walls with a window.' }, { turn: 1 }),
    report('Build the walls'),
    turn('Build a house', { tool_use: [bash('cat window > roof')] }, { turn: 1 }),
    turn('Build a house', { text: 'A house.' }, { turn: 2 }),
    report('A test'),
  );
  const job = await startJob(world, {
    ...inSource(source, CHECKED),
    plan: planOf([work('house', 'Build a house')]),
  });
  await reachLate(job, 'completed');
  const branch = resultOf(job.job_id);
  expect(source.show(branch, 'roof')).toBe('ground\nground');
  expect(source.git('diff', '--name-only', 'main', branch).split('\n')).toEqual([
    'ground',
    'roof',
    'walls',
    'window',
  ]);
});

test('a cancel goes down; what the agent had done when it delegated is kept, and so is what had landed there', async () => {
  const source = sourceOf({ 'a.txt': 'a\n' });
  world.fake.expect(
    turn('Write an epic', { tool_use: [bash('echo hero > hero.txt'), plan('Find a foe')] }, { turn: 0 }),
    planned('Find a foe', [
      { description: 'The first foe', files: [] },
      { description: 'The last foe', files: [] },
    ]),
    ...doing('The first foe', bash('echo foe > foe.txt')),
    fault('# Your task: The last foe', { type: 'hang' }),
  );
  const job = await startJob(world, { ...inSource(source), plan: planOf([work('epic', 'Write an epic')]) });
  const [id] = await delegatedBy(job);
  const mirror = join(mirrorFolder(world.deps.mirrors_dir, { owner: 'local', location: source.path }), 'git');
  const show = (object: string) => run(mirror, 'show', object);
  const landed = () =>
    Number(run(mirror, 'rev-list', '--count', `orchestrator/${id}/base..orchestrator/${id}/result`));
  await until(() => callsAbout(world.fake, '# Your task: The last foe').length === 1 && landed() > 0, {
    what: 'the first foe to land, and the call about the last',
  });
  await job.update('cancel');
  const view = await reachLate(job, 'cancelled');
  expect(view.budget.reserved_usd).toBe(0);
  const other = (await archived(id!)).view;
  expect(other).toMatchObject({ status: 'cancelled', repository: { landed: 1, delivered: null } });
  expect(show(`orchestrator/${job.job_id}/tasks/epic:hero.txt`)).toBe('hero');
  expect(show(`${resultOf(id!)}:foe.txt`)).toBe('foe');
  expect(other.warnings.join()).toContain(`orchestrator fetch ${id}`);
  expect(await replayProblems(world, job)).toEqual([]);
});
