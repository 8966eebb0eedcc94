import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { besideClone, clonePath, removeClone } from '../../activities/repository/clone/clone.ts';
import { tempFolder, writeFiles } from './bare.ts';
import { jobOn, run, signal, testDeps, testJob } from './task-host.ts';

test('a clone is a repository of its own on a branch of its task, without a remote', async () => {
  const job = await testJob({ 'a.txt': 'a\n', 'dir/link': { link: '../a.txt' } });
  const folder = await job.prepare('a..b');
  expect(folder).toBe(join(job.deps.work_dir, 'j/tasks/a..b'));
  expect(run(folder, 'status', '--porcelain', '--branch')).toBe('## orchestrator/j/tasks/a=2e=2eb');
  expect(run(folder, 'rev-parse', 'HEAD')).toBe(job.at.base_sha);
  expect(run(folder, 'remote')).toBe('');
  expect(readFileSync(join(folder, 'dir/link'), 'utf8')).toBe('a\n');
  writeFiles(folder, { 'a.txt': 'b\n' });
  run(folder, 'commit', '-q', '-a', '-m', 'mine');
  expect(run(folder, 'log', '--format=%s')).toBe('mine\na change');
  expect(run(folder, 'fsck')).toBe('');
  expect(run(job.git_dir, 'for-each-ref', 'refs/heads/orchestrator/j/tasks')).toBe('');
});

test('a clone is gone on with, or made anew in the same place where a fresh one is asked for', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  writeFiles(folder, { 'a.txt': 'changed\n', 'new.txt': 'n\n' });
  expect(await job.prepare('t', { attempt: 2 })).toBe(folder);
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('changed\n');
  expect(await job.prepare('t', { attempt: 3, fresh: true })).toBe(folder);
  expect(run(folder, 'status', '--porcelain')).toBe('');
  expect(readdirSync(besideClone(job.deps.work_dir, { job_id: 'j', task_id: 't' })).toSorted()).toEqual([
    'clone.json',
    'index',
    'lock',
  ]);
});

test('half of a clone is made anew', async () => {
  const job = await testJob();
  const folder = clonePath(job.deps.work_dir, { job_id: 'j', task_id: 't' });
  mkdirSync(join(folder, '.git'), { recursive: true });
  writeFileSync(join(folder, 'rest'), 'of an earlier one');
  await job.prepare('t');
  expect(readdirSync(folder).toSorted()).toEqual(['.git', 'a.txt']);
  rmSync(folder, { recursive: true });
  await job.prepare('t');
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('a\n');
});

test('a clone is removed with all that is kept of it, folders without permission included', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  mkdirSync(join(folder, 'closed'), { mode: 0o000 });
  const name = { job_id: 'j', task_id: 't' };
  for (let time = 1; time <= 2; time += 1) await removeClone(job.deps, name, signal);
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(besideClone(job.deps.work_dir, name))).toBe(false);
});

const FILES = process.env.ORCHESTRATOR_CHAOS === 'long' ? 10_000 : 1000;

test('twenty tasks at once work in clones of a large repository, and see only their own files', async () => {
  const source = await testJob();
  const blob = source.source.commit(null, { x: 'content\n' });
  const sha = source.source.git('rev-parse', `${blob}:x`);
  const index = join(tempFolder(), 'index');
  writeFileSync(
    `${index}.txt`,
    Array.from({ length: FILES }, (_, n) => `100644 ${sha}\td${n % 100}/f${n}.txt\n`).join(''),
  );
  run(
    '/',
    '-c',
    `alias.fill=!GIT_DIR='${source.source.git_dir}' GIT_INDEX_FILE='${index}' git update-index --index-info < '${index}.txt'`,
    'fill',
  );
  const tree = run(
    '/',
    '-c',
    `alias.tree=!GIT_DIR='${source.source.git_dir}' GIT_INDEX_FILE='${index}' git write-tree`,
    'tree',
  );
  source.source.git('update-ref', 'refs/heads/main', source.source.git('commit-tree', tree, '-m', 'many'));
  const job = await jobOn(testDeps(), source.source);
  const tasks = Array.from({ length: 20 }, (_, n) => `t${n}`);
  await Promise.all(
    tasks.map(async (task) => {
      const folder = await job.prepare(task);
      writeFiles(folder, { [`by-${task}.txt`]: task });
      const committed = await job.commit(task);
      expect(committed).toMatchObject({ commits: 1, files: [`by-${task}.txt`], warnings: [] });
    }),
  );
  expect(run(job.git_dir, 'for-each-ref', 'refs/heads/orchestrator/j/tasks').split('\n')).toHaveLength(20);
});

test('ignored files that .worktreeinclude names are copied, and never committed', async () => {
  const source = await testJob({
    'a.txt': 'a\n',
    '.gitignore': '.env*\n*.local\nout\nled\n',
    led: { link: '/etc' },
    '.env.kept': 'committed\n',
  });
  const path = join(tempFolder(), 'work tree');
  run('/', 'clone', '-q', source.source.git_dir, path);
  writeFiles(path, {
    '.worktreeinclude': '.env*\nconf/*.local\nout\n/a.txt\n!.env.not\nled\n',
    '.env': 'SECRET=1\n',
    '.env [x]': 'odd\n',
    '.env.not': 'no\n',
    'conf/x.local': 'x\n',
    'other.local': 'not named\n',
    out: { link: '/etc' },
  });
  writeFileSync(join(path, '.git/info/exclude'), 'private\n');
  writeFiles(path, { private: 'by info/exclude\n' });
  writeFileSync(join(path, '.worktreeinclude'), 'private\n', { flag: 'a' });
  rmSync(join(path, 'led'));
  writeFiles(path, { 'led/orchestrator-escaped': 'x\n', '.env.kept': 'changed\n' });
  run(path, 'rm', '-q', '--cached', '.env.kept', 'led');
  const job = await jobOn(testDeps(), source.source, path);
  const folder = await job.prepare('t');
  expect(readdirSync(folder).toSorted()).toEqual([
    '.env',
    '.env [x]',
    '.env.kept',
    '.git',
    '.gitignore',
    'a.txt',
    'conf',
    'led',
    'private',
  ]);
  expect(readFileSync(join(folder, '.env.kept'), 'utf8')).toBe('committed\n');
  expect(readdirSync(join(folder, 'conf'))).toEqual(['x.local']);
  expect(run(folder, 'status', '--porcelain')).toBe('');
  expect(existsSync('/etc/orchestrator-escaped')).toBe(false);
  writeFiles(folder, { 'new.txt': 'n\n' });
  expect(await job.commit('t')).toMatchObject({ files: ['new.txt'], ignored_files: 4 });
});
