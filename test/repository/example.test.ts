import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { findCommands } from '../../activities/repository/discover/find-commands.ts';
import { PlanInput, type Task } from '../../contracts/plan.ts';
import { expandSubmission } from '../../core/parameters/expand.ts';
import { fileConflicts } from '../../core/plan/graph.ts';
import { makeRepository } from '../../examples/repository/make.ts';
import { tempFolder } from './bare.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const example = parse(readFileSync(join(CHECKOUT, 'examples/repository.yaml'), 'utf8'));
const { body } = expandSubmission({ ...example, with: { checkout: CHECKOUT, repository: '/words' } });
const { tasks } = PlanInput.parse((body as { plan: unknown }).plan);

let folder: string;
let home: string;
beforeEach(() => {
  home = tempFolder();
  folder = tempFolder();
  makeRepository(folder);
});

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@localhost', ...args], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();

/** The check that was found, with the environment that checks have. */
function check(): { passed: boolean; said: string } {
  const { status, stdout, stderr } = spawnSync('npm test', {
    shell: true,
    cwd: folder,
    encoding: 'utf8',
    env: env({}),
  });
  return { passed: status === 0, said: stdout + stderr };
}

const env = (more: Record<string, string>) => ({ PATH: process.env.PATH, HOME: home, CI: '1', ...more });

/** Runs a task's command on a branch of its own, from where `main` is, and commits what it left. */
function work(task_id: string, previous_failure?: { message: string; tail: string }): string {
  const [program, ...args] = (tasks.find((task) => task.task_id === task_id) as Task).command as string[];
  git('switch', '--quiet', '--force-create', task_id, 'main');
  const context = join(tempFolder(), 'context.json');
  writeFileSync(
    context,
    JSON.stringify({ dependencies: [], ...(previous_failure ? { previous_failure } : {}) }),
  );
  const said = execFileSync(program!, args, {
    cwd: folder,
    encoding: 'utf8',
    env: env({ ORCHESTRATOR_CONTEXT: context }),
  });
  git('add', '--all');
  git('commit', '--quiet', '--message', task_id);
  return said;
}

function land(task_id: string): void {
  git('switch', '--quiet', 'main');
  git('merge', '--quiet', '--no-ff', '--message', `Merge ${task_id}`, task_id);
}

/** Paths that a branch changes. */
const changed = (branch: string) => git('diff', '--name-only', `main...${branch}`).split('\n').sort();

test('the package is made with tests that pass, and its check is found', async () => {
  expect(check()).toMatchObject({ passed: true });
  const git_dir = join(folder, '.git');
  const { commands } = await findCommands(
    git_dir,
    git('rev-parse', 'HEAD'),
    {},
    new AbortController().signal,
  );
  expect(commands.check).toEqual({ command: 'npm test', source: 'found' });
  expect(commands.setup).toEqual({ command: null, source: 'none' });
  expect(git('status', '--porcelain')).toBe('');
});

test('it is not made where something lies', () => {
  expect(() => makeRepository(folder)).toThrow('is not empty');
});

test('the plan shows that two tasks change the same file', () => {
  expect(fileConflicts(tasks)).toEqual([{ file: 'src/measures.ts', task_ids: ['average', 'sentences'] }]);
});

test('each task changes the files that it names', () => {
  for (const task_id of ['average', 'sentences', 'numbers', 'usage']) {
    work(task_id);
    expect(changed(task_id)).toEqual([...tasks.find((task) => task.task_id === task_id)!.files].sort());
  }
});

test('side by side they merge, one is taken back and mends itself, and the tests pass on the branch', () => {
  for (const task_id of ['average', 'sentences', 'numbers', 'usage']) work(task_id);
  for (const task_id of ['average', 'sentences', 'usage']) {
    land(task_id);
    expect(check()).toMatchObject({ passed: true });
  }
  land('numbers');
  const { passed, said } = check();
  expect(passed).toBe(false);
  git('reset', '--quiet', '--hard', 'HEAD~1');
  expect(work('numbers', { message: 'the check failed', tail: said.slice(-4000) })).toContain(
    'a word with a hyphen counts once',
  );
  land('numbers');
  expect(work('readme')).toContain('lists 5 measures');
  land('readme');
  expect(check()).toMatchObject({ passed: true });
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain(
    'Tells what is in a text: average, characters, lines, sentences, words.',
  );
});
