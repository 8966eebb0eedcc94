import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clonePath } from '../../activities/repository/clone/clone.ts';
import type { RepositoryEngine } from '../../activities/repository/engine.ts';
import { mirrorFolder } from '../../activities/repository/mirror/mirror.ts';
import { keepWork } from '../../activities/repository/upkeep/keep-work.ts';
import { cleanMirrors } from '../../activities/repository/upkeep/mirrors.ts';
import { notePoint } from '../../activities/repository/upkeep/point-note.ts';
import { baseBranchOf, rejectedBranch, resultBranch } from '../../core/repository/refs.ts';
import { type TestJob, testJob } from './task-host.ts';

const { signal } = new AbortController();

/** Of a mirror that nobody has used for two hundred days. */
function age(job: TestJob): string {
  const folder = mirrorFolder(job.deps.mirrors_dir, job.at);
  const long_ago = new Date(Date.now() - 200 * 86_400_000);
  utimesSync(folder, long_ago, long_ago);
  return folder;
}

const clean = (
  job: TestJob,
  rules: Partial<Parameters<typeof cleanMirrors>[0]['config']>,
  { open = [], deleted = [] }: { open?: string[]; deleted?: string[] } = {},
) =>
  cleanMirrors(
    {
      mirrors_dir: job.deps.mirrors_dir,
      config: { keep_days: 30, mirror_limit_gb: 20, ...rules },
      isOpen: async (job_id) => open.includes(job_id),
      deletedAmong: async (ids) => new Set(ids.filter((id) => deleted.includes(id))),
    },
    signal,
  );

test('what an agent left and nobody committed is on a branch before its folder may go', async () => {
  const job = await testJob();
  notePoint(job.deps.work_dir, job.at);
  const folder = await job.prepare('t');
  writeFileSync(join(folder, 'half.txt'), 'half done\n');
  await job.prepare('untouched');
  const engine = job.deps as unknown as RepositoryEngine;
  await keepWork(engine, 'j', signal);
  expect(job.mirror('show', `${rejectedBranch('j', 't', 1)}:half.txt`)).toContain('half done');
  await keepWork(engine, 'j', signal);
  expect(job.mirror('for-each-ref', '--format=%(refname)').match(/-rejected-/g)).toHaveLength(1);
});

test('work that can not be committed keeps its folder', async () => {
  const job = await testJob();
  notePoint(job.deps.work_dir, job.at);
  await job.prepare('t');
  const git = join(clonePath(job.deps.work_dir, { job_id: 'j', task_id: 't' }), 'big.bin');
  writeFileSync(git, Buffer.alloc(job.deps.limits.artifact_bytes + 1));
  await expect(keepWork(job.deps as unknown as RepositoryEngine, 'j', signal)).rejects.toThrow(/big\.bin/);
});

test('a mirror goes when no job has used it for long, never while one that is open has it', async () => {
  const job = await testJob();
  const folder = age(job);
  expect(await clean(job, { keep_days: 300 })).toEqual([]);
  expect(await clean(job, {}, { open: ['j'] })).toEqual([]);
  expect(existsSync(folder)).toBe(true);
  expect(await clean(job, {})).toHaveLength(1);
  expect(existsSync(folder)).toBe(false);
});

test('where mirrors take too much room the unused ones go, those in use stay', async () => {
  const job = await testJob();
  expect(await clean(job, { mirror_limit_gb: 1e-9 })).toEqual([]);
  age(job);
  expect(await clean(job, { mirror_limit_gb: 1e-9, keep_days: 300 })).toHaveLength(1);
});

test('branches of a deleted job go, those of others stay', async () => {
  const job = await testJob();
  await job.prepare('t');
  job.mirror('update-ref', 'refs/heads/orchestrator/other/result', job.at.base_sha);
  expect(await clean(job, {}, { deleted: ['j'] })).toEqual([]);
  const left = job.mirror('for-each-ref', '--format=%(refname)', 'refs/heads/orchestrator/');
  expect(left.trim()).toBe('refs/heads/orchestrator/other/result');
  expect(left).not.toContain(resultBranch('j'));
});

test('what else lies there is no mirror, and is left alone', async () => {
  const job = await testJob();
  mkdirSync(join(job.deps.mirrors_dir, 'lost+found'));
  expect(await clean(job, {})).toEqual([]);
});

test('the branches of a job that a task had planned go with that job alone, and what came of them into the task stays', async () => {
  const job = await testJob();
  writeFileSync(join(await job.prepare('t'), 'by-t.txt'), 't\n');
  const { head_sha } = await job.commit('t');
  for (const branch of [baseBranchOf('j.1'), resultBranch('j.1')])
    job.mirror('update-ref', `refs/heads/${branch}`, head_sha);
  const refs = () => job.mirror('for-each-ref', '--format=%(refname:lstrip=3)', 'refs/heads/').split('\n');
  await clean(job, {}, { open: ['j', 'j.1'], deleted: ['j.1'] });
  expect(refs()).toEqual(['j.1/base', 'j.1/result', 'j/base', 'j/result', 'j/tasks/t']);
  await clean(job, {}, { open: ['j'], deleted: ['j.1'] });
  expect(refs()).toEqual(['j/base', 'j/result', 'j/tasks/t']);
  expect(job.mirror('rev-parse', 'refs/heads/orchestrator/j/tasks/t')).toBe(head_sha);
});
