import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { moveResult } from '../../activities/repository/mirror/point.ts';
import type { MergingWork, RepositoryPoint } from '../../contracts/repository/work.ts';
import { writeFiles } from './bare.ts';
import { run, signal, testJob } from './task-host.ts';

const TASK = 'refs/heads/orchestrator/j/tasks/resolve-1';

/** Two tasks changed one line; the work of `b` is landed, that of `a` is to be brought together with it. */
async function twoChanges() {
  const job = await testJob({ 'a.txt': 'one\ntwo\n', 'docs.md': '<<<<<<< like git marks it\n' });
  writeFiles(await job.prepare('a'), { 'a.txt': 'one\nof a\n', 'by-a.txt': 'a\n' });
  writeFiles(await job.prepare('b'), { 'a.txt': 'one\nof b\n', 'by-b.txt': 'b\n' });
  const [a, b] = [await job.commit('a'), await job.commit('b')];
  await moveResult(job.deps, { at: job.at, to: b.head_sha, fence: 1 }, signal);
  const at: RepositoryPoint = { ...job.at, head_sha: b.head_sha, head_bundle: b.bundle_ref, fence: 1 };
  const merging: MergingWork = { task_id: 'a', head_sha: a.head_sha, bundle_ref: a.bundle_ref };
  const more = { at, from_sha: b.head_sha, merging };
  const folder = await job.prepare('resolve-1', more);
  return { job, folder, more, a, b };
}

test('what is to be brought together lies in the folder as git merges it, and becomes one commit of both', async () => {
  const { job, folder, more, a, b } = await twoChanges();
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toMatch(
    /^one\n<<<<<<< .*\nof b\n\|{7} .*\ntwo\n=======\nof a\n>>>>>>> /,
  );
  expect(readFileSync(join(folder, 'by-a.txt'), 'utf8')).toBe('a\n');
  expect(run(folder, 'rev-parse', 'HEAD')).toBe(b.head_sha);
  writeFiles(folder, { 'a.txt': 'one\nof a and b\n' });
  const committed = await job.commit('resolve-1', more);
  expect(committed).toMatchObject({ commits: 1, files: ['a.txt', 'by-a.txt'], warnings: [] });
  expect(job.mirror('log', '-1', '--format=%P', TASK)).toBe(`${b.head_sha} ${a.head_sha}`);
  expect(await job.commit('resolve-1', more)).toEqual(committed);
});

test('marks that are left are refused by name, and kept aside where the attempt failed', async () => {
  const { job, more } = await twoChanges();
  await expect(job.commit('resolve-1', more)).rejects.toThrow('Marks of conflicts are left in "a.txt":');
  await expect(job.commit('resolve-1', more)).rejects.toMatchObject({ type: 'CommitRefused' });
  const failed = await job.commit('resolve-1', { ...more, source: 'failed' });
  expect(job.mirror('rev-parse', `${TASK}-rejected-1`)).toBe(failed.head_sha);
});

test('commits of the agent on the way are kept below the one that brings both together', async () => {
  const { job, folder, more, a } = await twoChanges();
  writeFiles(folder, { 'a.txt': 'one\nof a and b\n' });
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'resolved');
  const committed = await job.commit('resolve-1', more);
  expect(committed.commits).toBe(2);
  expect(job.mirror('log', '-1', '--format=%P', TASK)).toBe(
    `${run(folder, 'rev-parse', 'HEAD')} ${a.head_sha}`,
  );
});
