import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepRecord, readClone } from '../../activities/repository/clone/clone.ts';
import { finishMove, moveClone } from '../../activities/repository/clone/move.ts';
import { prepareTask } from '../../activities/repository/clone/prepare.ts';
import { bringIn } from '../../activities/repository/commit/bring-in.ts';
import { withSnapshot } from '../../activities/repository/commit/with-snapshot.ts';
import { writeFiles } from './bare.ts';
import { delegated } from './delegated.ts';
import { dyingAfter } from './dying-git.ts';
import { run, signal, testJob } from './task-host.ts';

const BRANCH = 'refs/heads/orchestrator/j/tasks/t';
const FILES = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'gone.txt': 'gone\n', '.gitignore': 'made/\n' };

const text = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8');

test('a clone that is as it was when the others began goes forward to their work, with files that git ignores left alone', async () => {
  const job = await testJob(FILES);
  const folder = await job.prepare('t');
  writeFiles(folder, { 'a.txt': 'mine\n', 'new.txt': 'new\n', 'made/x': 'made' });
  const others = await delegated(job, 'j.1', { 'b.txt': 'theirs\n', 'gone.txt': null, 'sub/c.txt': 'c\n' });
  const brought = await others.bring();
  expect(brought).toEqual({
    ...{ status: 'brought', head_sha: others.head_sha },
    log: { lines: [`${others.head_sha.slice(0, 7)} Work of j.1`], count: 1 },
  });
  expect(text(folder, 'a.txt') + text(folder, 'new.txt')).toBe('mine\nnew\n');
  expect(text(folder, 'b.txt') + text(folder, 'sub/c.txt')).toBe('theirs\nc\n');
  expect(existsSync(join(folder, 'gone.txt'))).toBe(false);
  expect(text(folder, 'made/x')).toBe('made');
  expect(run(folder, 'rev-parse', 'HEAD')).toBe(others.head_sha);
  expect(run(folder, 'status', '--porcelain')).toBe('');
  expect(run(folder, 'symbolic-ref', 'HEAD')).toBe(BRANCH);
  expect(job.mirror('rev-parse', BRANCH)).toBe(others.head_sha);
  // it was done, but nobody was told
  expect(await others.bring()).toEqual(brought);

  writeFiles(folder, { 'b.txt': 'theirs and mine\n' });
  const committed = await job.commit('t');
  expect(committed).toMatchObject({ commits: 3, files_changed: 5, ignored_files: 1 });
  expect(job.mirror('rev-parse', `${committed.head_sha}~2`)).toBe(others.begun);
});

test('commits that the agent made stay its own, on whatever it stands', async () => {
  const job = await testJob(FILES);
  const folder = await job.prepare('t');
  run(folder, 'checkout', '-q', '--detach');
  writeFiles(folder, { 'a.txt': 'committed\n' });
  run(folder, 'commit', '-q', '-a', '-m', 'by the agent');
  const own = run(folder, 'rev-parse', 'HEAD');
  const others = await delegated(job, 'j.1', { 'b.txt': 'theirs\n' });
  expect(others.begun).toBe(own);
  await others.bring();
  expect(run(folder, 'rev-parse', 'HEAD', 'HEAD~1')).toBe(`${others.head_sha}\n${own}`);
  expect(run(folder, 'status', '--porcelain')).toBe('');
});

test('two jobs of one turn are merged, and so is what has changed in the folder meanwhile', async () => {
  const job = await testJob(FILES);
  const folder = await job.prepare('t');
  writeFiles(folder, { 'mine.txt': 'mine\n' });
  const one = await delegated(job, 'j.1', { 'a.txt': 'of one\n' });
  const two = await delegated(job, 'j.2', { 'b.txt': 'of two\n' });
  expect(two.begun).toBe(one.begun);
  await one.bring();
  writeFiles(folder, { 'mine.txt': 'mine, later\n' });
  const { head_sha } = (await two.bring()) as { head_sha: string };
  expect(['a.txt', 'b.txt', 'mine.txt'].map((file) => text(folder, file))).toEqual([
    'of one\n',
    'of two\n',
    'mine, later\n',
  ]);
  expect(run(folder, 'rev-parse', 'HEAD')).toBe(head_sha);
  expect(run(folder, 'status', '--porcelain')).toBe('');
  for (const { head_sha: part } of [one, two]) run(folder, 'merge-base', '--is-ancestor', part, 'HEAD');
  expect(await two.bring()).toMatchObject({ status: 'brought', head_sha });
});

test('work that does not merge changes nothing, is told with its places, and can be merged in the clone', async () => {
  const job = await testJob(FILES);
  const folder = await job.prepare('t');
  const others = await delegated(job, 'j.1', { 'a.txt': 'theirs\n', 'b.txt': 'theirs\n' });
  writeFiles(folder, { 'a.txt': 'mine\n' });
  const brought = await others.bring();
  expect(brought).toMatchObject({ status: 'conflict', head_sha: others.head_sha, files: ['a.txt'] });
  const hunks = job.deps.store.text((brought as { hunks_ref: string }).hunks_ref);
  expect(hunks).toContain('your folder');
  expect(hunks).toContain('theirs');
  expect(text(folder, 'a.txt') + text(folder, 'b.txt')).toBe('mine\nb\n');
  expect(run(folder, 'rev-parse', 'HEAD')).toBe(job.at.base_sha);
  run(folder, 'commit', '-q', '-a', '-m', 'mine');
  expect(() => run(folder, 'merge', others.head_sha)).toThrow();
  expect(text(folder, 'a.txt')).toContain('<<<<<<<');
  expect(text(folder, 'b.txt')).toBe('theirs\n');
});

test('nothing is brought where nothing has landed, or the job is not there', async () => {
  const job = await testJob(FILES);
  await job.prepare('t');
  const others = await delegated(job, 'j.1', {});
  const store = { ...others.engine.store, readArchived: async () => null };
  expect(await bringIn({ ...others.engine, store }, others.input, signal)).toEqual({ status: 'nothing' });
});

test('a move in whose middle the worker died is finished, whatever half of it was there: by a repetition, or before the agent goes on', async () => {
  for (const goesOn of [false, true]) {
    const job = await testJob(FILES);
    const folder = await job.prepare('t');
    writeFiles(folder, { 'a.txt': 'mine\n' });
    const others = await delegated(job, 'j.1', {
      'a.txt': 'mine and theirs\n',
      'b.txt': 'theirs\n',
      'gone.txt': null,
    });
    const name = { job_id: 'j', task_id: 't' };
    const record = readClone(job.deps.work_dir, name)!;
    const move = { ours: others.begun, to: others.head_sha, delegated_job_id: 'j.1' };
    keepRecord(job.deps.work_dir, name, { ...record, move });
    writeFiles(folder, { 'a.txt': 'mine and th' });
    if (goesOn) {
      const input = {
        at: job.at,
        task_id: 't',
        attempt: 1,
        from_sha: job.at.base_sha,
        setup_command: null,
        fresh: false,
      };
      await prepareTask(others.engine, input, signal);
    } else {
      expect(await others.bring()).toMatchObject({ status: 'brought', head_sha: others.head_sha });
    }
    expect(text(folder, 'a.txt') + text(folder, 'b.txt')).toBe('mine and theirs\ntheirs\n');
    expect(existsSync(join(folder, 'gone.txt'))).toBe(false);
    expect(run(folder, 'status', '--porcelain')).toBe('');
    expect(readClone(job.deps.work_dir, name)).not.toHaveProperty('move');
  }
});

test('what is committed of a clone counts as it is: a move that never ended is not finished over it', async () => {
  const job = await testJob(FILES);
  await job.prepare('t');
  const others = await delegated(job, 'j.1', { 'a.txt': 'theirs\n' });
  const name = { job_id: 'j', task_id: 't' };
  const move = { ours: others.begun, to: others.head_sha, delegated_job_id: 'j.0' };
  keepRecord(job.deps.work_dir, name, { ...readClone(job.deps.work_dir, name)!, move });
  await job.commit('t');
  expect(await finishMove(job.deps, { ...name, mirror_dir: job.git_dir }, signal)).toBeNull();
});

test('an agent that took its own repository away has the files, and no link of its own leads out of it', async () => {
  const job = await testJob(FILES);
  const folder = await job.prepare('t');
  const others = await delegated(job, 'j.1', { 'b.txt': 'theirs\n' });
  const outside = join(job.deps.work_dir, 'outside');
  writeFiles(job.deps.work_dir, { outside: 'outside\n' });
  rmSync(join(folder, '.git/index'));
  symlinkSync(outside, join(folder, '.git/index'));
  await others.bring();
  expect(readFileSync(outside, 'utf8')).toBe('outside\n');
  expect(run(folder, 'status', '--porcelain')).toBe('');

  rmSync(join(folder, '.git'), { recursive: true });
  symlinkSync(job.deps.work_dir, join(folder, '.git'));
  const more = await delegated(job, 'j.2', { 'a.txt': 'more\n' });
  await more.bring();
  expect(text(folder, 'a.txt')).toBe('more\n');
  expect(existsSync(join(job.deps.work_dir, 'index'))).toBe(false);
});

test('what somebody writes at the last moment is not written over: nothing is moved, and that is said', async () => {
  const job = await testJob(FILES);
  const folder = await job.prepare('t');
  const others = await delegated(job, 'j.1', { 'a.txt': 'theirs\n', 'b.txt': 'theirs\n' });
  const name = { job_id: 'j', task_id: 't' };
  const about = { ...name, git_dir: job.git_dir, from_sha: job.at.base_sha };
  await withSnapshot(job.deps, about, signal, async ({ under }) => {
    writeFiles(folder, { 'b.txt': 'just now\n' });
    const move = { ours: others.begun, to: others.head_sha, delegated_job_id: 'j.1' };
    await expect(moveClone(job.deps, { ...name, move, under }, signal)).rejects.toMatchObject({
      ...{ type: 'CommitRefused', message: expect.stringContaining('b.txt') },
    });
  });
  expect(text(folder, 'a.txt') + text(folder, 'b.txt')).toBe('a\njust now\n');
  expect(readClone(job.deps.work_dir, name)).not.toHaveProperty('move');
});

/** `ORCHESTRATOR_CHAOS=long` lets it die before every call of git. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';

test.each([true, false])(
  'a host that dies between any two calls of git brings it in once, forward or merged (%s)',
  async (asItWas) => {
    const heads = new Set<string>();
    for (let count = 0, ended = false; !ended; count += isLong ? 1 : 4) {
      expect(count, 'it has few calls').toBeLessThan(60);
      const job = await testJob(FILES);
      const folder = await job.prepare('t');
      writeFiles(folder, { 'mine.txt': 'mine\n' });
      const others = await delegated(job, 'j.1', { 'b.txt': 'theirs\n', 'gone.txt': null });
      if (!asItWas) writeFiles(folder, { 'a.txt': 'mine\n' });
      const { calls, result } = await dyingAfter(count, others.bring);
      ended = calls <= count;
      expect(Boolean(result)).toBe(ended);
      const brought = await others.bring();
      expect(brought).toMatchObject({ status: 'brought' });
      const head = run(folder, 'rev-parse', 'HEAD');
      expect(brought).toMatchObject({ head_sha: head });
      expect(text(folder, 'a.txt') + text(folder, 'b.txt')).toBe(`${asItWas ? 'a' : 'mine'}\ntheirs\n`);
      expect(run(folder, 'status', '--porcelain')).toBe('');
      expect(job.mirror('rev-parse', BRANCH)).toBe(head);
      heads.add(head);
    }
    expect(heads.size).toBe(1);
  },
);
