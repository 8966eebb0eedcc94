import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSafeToRemove } from '../../activities/repository/commit/safe-to-remove.ts';
import { writeFiles } from './bare.ts';
import { run, signal, testJob } from './task-host.ts';

const TASK = 'refs/heads/orchestrator/j/tasks/t';

test('what an agent left is one commit on the branch of its task, with trailers, and a diff', async () => {
  const job = await testJob({ 'a.txt': 'a\n', 'gone.txt': 'x\n', 'dir/b.txt': 'b\n' });
  const folder = await job.prepare('t');
  writeFiles(folder, { 'a.txt': 'a\nmore\n', 'new/deep/c.txt': 'c\n', link: { link: 'a.txt' } });
  rmSync(join(folder, 'gone.txt'));
  chmodSync(join(folder, 'dir/b.txt'), 0o755);
  const committed = await job.commit('t', { title: 'Add\nmore', attempt: 2 });
  expect(committed).toMatchObject({ commits: 1, files_changed: 5, ignored_files: 0, warnings: [] });
  expect(committed.files?.toSorted()).toEqual(['a.txt', 'dir/b.txt', 'gone.txt', 'link', 'new/deep/c.txt']);
  expect(job.mirror('rev-parse', TASK)).toBe(committed.head_sha);
  expect(job.mirror('log', '-1', '--format=%an <%ae> %ct %at%n%P%n%B', TASK)).toBe(
    `Orchestrator <orchestrator@localhost> 1767323045 1767323045\n${job.at.base_sha}\nAdd more\n\nOrchestrator-Job: j\nOrchestrator-Task: t\nOrchestrator-Attempt: 2\nOrchestrator-Agent: coder\n`.trimEnd(),
  );
  expect(job.mirror('ls-tree', '-r', '--format=%(objectmode) %(path)', TASK).split('\n')).toEqual([
    '100644 a.txt',
    '100755 dir/b.txt',
    '120000 link',
    '100644 new/deep/c.txt',
  ]);
  expect(job.deps.store.text(committed.patch_ref!)).toContain('+more');
  expect(await job.deps.store.statContent(committed.bundle_ref!)).toBeTruthy();
  expect(job.mirror('fsck', '--full', '--strict', '--connectivity-only')).not.toContain('missing');
});

test('a repetition makes the same commit, and names it once', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  writeFiles(folder, { 'a.txt': 'b\n', 'n.txt': 'n\n' });
  const first = await job.commit('t');
  expect(await job.commit('t')).toEqual(first);
  expect(await job.commit('t', { source: 'failed' })).toMatchObject({ head_sha: first.head_sha });
  expect(await job.commit('t', { source: 'failed' })).toMatchObject({ head_sha: first.head_sha });
  const names = job
    .mirror('for-each-ref', '--format=%(refname)', 'refs/heads/orchestrator/j/tasks')
    .split('\n');
  expect(names).toEqual([TASK, `${TASK}-rejected-1`]);
});

test('where nothing was changed there is no commit', async () => {
  const job = await testJob();
  await job.prepare('t');
  expect(await job.commit('t')).toEqual({
    head_sha: job.at.base_sha,
    commits: 0,
    files_changed: 0,
    insertions: 0,
    deletions: 0,
    ignored_files: 0,
    files: [],
    bundle_ref: null,
    warnings: [],
  });
});

test('commits of the agent are kept as they are, on whatever branch, with what it left on top', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  run(folder, 'checkout', '-q', '-b', 'mine');
  writeFiles(folder, { '1.txt': '1\n' });
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'first of mine');
  writeFiles(folder, { '2.txt': '2\n' });
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'second of mine');
  run(folder, 'gc', '-q');
  writeFiles(folder, { '3.txt': '3\n' });
  const committed = await job.commit('t');
  expect(committed).toMatchObject({ commits: 3, files_changed: 3, warnings: [] });
  expect(job.mirror('log', '--format=%an %s', `${job.at.base_sha}..${TASK}`).split('\n')).toEqual([
    'Orchestrator Change it',
    'Agent second of mine',
    'Agent first of mine',
  ]);
  expect(await job.commit('t')).toEqual(committed);
});

test('only commits of the agent: no commit on top', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  writeFiles(folder, { '1.txt': '1\n' });
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'mine');
  expect(await job.commit('t')).toMatchObject({
    commits: 1,
    head_sha: run(folder, 'rev-parse', 'HEAD'),
    warnings: [],
  });
});

test('a file that the agent committed though it is ignored stays', async () => {
  const job = await testJob({ '.gitignore': '*.log\n' });
  const folder = await job.prepare('t');
  writeFiles(folder, { 'wanted.log': 'w\n', 'other.log': 'o\n' });
  run(folder, 'add', '-f', 'wanted.log');
  run(folder, 'commit', '-q', '-m', 'mine');
  writeFiles(folder, { 'a.txt': 'a\n' });
  const committed = await job.commit('t');
  expect(committed).toMatchObject({ commits: 2, ignored_files: 1 });
  expect(committed.files?.toSorted()).toEqual(['a.txt', 'wanted.log']);
});

test('commits that are not on top of the start become one commit, which is said', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  run(folder, 'checkout', '-q', '--orphan', 'fresh');
  writeFiles(folder, { '1.txt': '1\n' });
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'without a parent');
  const committed = await job.commit('t');
  expect(committed).toMatchObject({ commits: 1, files: ['1.txt'] });
  expect(committed.warnings.join()).toContain('not on top of the commit that the task started from');
  expect(job.mirror('rev-parse', `${TASK}^`)).toBe(job.at.base_sha);
});

test('ignored files stay out and are counted, those of a rule that the agent made included', async () => {
  const job = await testJob({ '.gitignore': 'build/\n' });
  const folder = await job.prepare('t');
  writeFiles(folder, {
    'build/1.o': '',
    'build/deep/2.o': '',
    'sub/.gitignore': 'secret\n',
    'sub/secret': 's',
    'sub/plain': 'p',
  });
  const committed = await job.commit('t');
  expect(committed.ignored_files).toBe(3);
  expect(committed.files?.toSorted()).toEqual(['sub/.gitignore', 'sub/plain']);
});

test('a tracked file that is ignored is committed when it is changed', async () => {
  const job = await testJob({ '.gitignore': 'build/\n', 'build/kept': '1\n' });
  const folder = await job.prepare('t');
  writeFiles(folder, { 'build/kept': '2\n', 'build/other': 'o' });
  expect(await job.commit('t')).toMatchObject({ files: ['build/kept'], ignored_files: 1 });
});

test('files become folders, folders become files and links', async () => {
  const job = await testJob({ file: 'f\n', 'dir/a': 'a\n', 'dir/b': 'b\n', 'other/x': 'x\n', plain: 'p' });
  const folder = await job.prepare('t');
  for (const path of ['file', 'dir', 'other', 'plain']) rmSync(join(folder, path), { recursive: true });
  writeFiles(folder, { 'file/inside': 'i\n', dir: 'now a file\n', plain: { link: 'dir' } });
  symlinkSync('file', join(folder, 'other'));
  await job.commit('t');
  expect(job.mirror('ls-tree', '-r', '--format=%(objectmode) %(path)', TASK).split('\n')).toEqual([
    '100644 dir',
    '100644 file/inside',
    '120000 other',
    '120000 plain',
  ]);
});

test('a file that is too large is refused by name, tracked, new, or only in a commit', async () => {
  const job = await testJob({ 'a.txt': 'a\n' });
  const folder = await job.prepare('t');
  writeFiles(folder, { 'large one.bin': 'x'.repeat(1_000_001) });
  await expect(job.commit('t')).rejects.toThrow(
    'Larger than 1000000 bytes: "large one.bin". Remove it, or add it to .gitignore.',
  );
  run(folder, 'add', '-A');
  run(folder, 'commit', '-q', '-m', 'large');
  run(folder, 'rm', '-q', 'large one.bin');
  run(folder, 'commit', '-q', '-m', 'gone again');
  await expect(job.commit('t')).rejects.toThrow('Take them out of the commits');
  run(folder, 'reset', '-q', '--hard', job.at.base_sha);
  writeFiles(folder, { 'large.bin': 'x'.repeat(1_000_001), '.gitignore': '*.bin\n' });
  expect(await job.commit('t')).toMatchObject({ files: ['.gitignore'], ignored_files: 1 });
  appendFileSync(join(folder, 'a.txt'), 'x'.repeat(1_000_000));
  await expect(job.commit('t')).rejects.toMatchObject({ type: 'CommitRefused', nonRetryable: true });
});

test('a large file that is in the repository already is no hindrance', async () => {
  const job = await testJob({ 'large.bin': 'x'.repeat(2_000_000), 'a.txt': 'a\n' });
  const folder = await job.prepare('t');
  writeFiles(folder, { 'a.txt': 'b\n' });
  expect(await job.commit('t')).toMatchObject({ files: ['a.txt'] });
});

test('an empty file of 2 GB is refused without being read', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  execFileSync('truncate', ['-s', '2G', join(folder, 'sparse.bin')]);
  const before = performance.now();
  await expect(job.commit('t')).rejects.toThrow('"sparse.bin"');
  expect(performance.now() - before).toBeLessThan(10_000);
});

test('work of an earlier attempt stays reachable when the branch moves elsewhere', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  writeFiles(folder, { 'a.txt': 'first try\n' });
  const first = await job.commit('t');
  await job.prepare('t', { fresh: true, attempt: 2 });
  writeFiles(folder, { 'a.txt': 'second try\n' });
  const second = await job.commit('t', { attempt: 2 });
  expect(job.mirror('rev-parse', TASK)).toBe(second.head_sha);
  expect(job.mirror('rev-parse', `${TASK}-rejected-1`)).toBe(first.head_sha);
});

test('failed work is kept aside, and the branch stays where it was', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  for (const n of [1, 2]) {
    writeFiles(folder, { 'a.txt': `try ${n}\n` });
    const failed = await job.commit('t', { source: 'failed', attempt: n });
    expect(job.mirror('rev-parse', `${TASK}-rejected-${n}`)).toBe(failed.head_sha);
    expect(failed.bundle_ref).toBeTruthy();
  }
  expect(() => job.mirror('rev-parse', '--verify', TASK)).toThrow();
});

test('a clone may be removed once its files and commits are named in the mirror', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  const isSafe = () => isSafeToRemove(job.deps, { ...job.at, task_id: 't' }, signal);
  expect(await isSafe()).toBe(true);
  writeFiles(folder, { 'a.txt': 'b\n' });
  expect(await isSafe()).toBe(false);
  await job.commit('t');
  expect(await isSafe()).toBe(true);
  run(folder, 'commit', '-q', '-a', '-m', 'mine');
  expect(await isSafe()).toBe(false);
  await job.commit('t', { source: 'failed' });
  expect(await isSafe()).toBe(true);
  mkdirSync(join(folder, 'more'));
  writeFileSync(join(folder, 'more/x'), 'x');
  expect(await isSafe()).toBe(false);
});

test('a folder that is not on this host is said to be missing', async () => {
  const job = await testJob();
  await expect(job.commit('t')).rejects.toMatchObject({ type: 'CloneMissing', nonRetryable: true });
  const folder = await job.prepare('t');
  rmSync(folder, { recursive: true });
  symlinkSync('/etc', folder);
  await expect(job.commit('t')).rejects.toMatchObject({ type: 'CloneMissing' });
});

test('a folder that began from one commit is not committed on top of another, which would take back what landed between', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  writeFiles(folder, { 'mine.txt': 'm\n' });
  const from_sha = job.source.commit(job.at.base_sha, { 'b.txt': 'b\n' });
  await expect(job.commit('t', { from_sha })).rejects.toMatchObject({ type: 'CloneMissing' });
});

test('a change of the same length right after the checkout is seen, also by a repetition', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  writeFiles(folder, { 'a.txt': 'b\n' });
  expect(run(folder, 'status', '--porcelain')).toBe(' M a.txt');
  for (let time = 1; time <= 3; time += 1) expect(await job.commit('t')).toMatchObject({ files: ['a.txt'] });
});
