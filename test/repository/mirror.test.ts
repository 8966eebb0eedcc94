import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchBase } from '../../activities/repository/mirror/base.ts';
import { storeBundle } from '../../activities/repository/mirror/bundle.ts';
import { mirrorFolder, openMirror } from '../../activities/repository/mirror/mirror.ts';
import { moveResult, reachPoint } from '../../activities/repository/mirror/point.ts';
import type { RepositoryPoint } from '../../contracts/repository/work.ts';
import { bare, tempFolder, writeFiles } from './bare.ts';
import { jobOn, run, signal, testDeps, testJob } from './task-host.ts';

const RESULT = 'refs/heads/orchestrator/j/result';

test('owners share no mirror, and its name tells which repository it is of', () => {
  const location = 'https://git.example.com/team/My App.git';
  const one = mirrorFolder('/m', { owner: 'one', location });
  expect(one).toMatch(/^\/m\/My-App-[0-9a-f]{20}$/);
  expect(mirrorFolder('/m', { owner: 'two', location })).not.toBe(one);
  expect(mirrorFolder('/m', { owner: 'one', location: '/' })).toMatch(/^\/m\/repository-/);
});

test('a mirror that many open at once is made once', async () => {
  const deps = testDeps();
  const name = { owner: 'local', location: '/some/where' };
  const opened = await Promise.all(Array.from({ length: 8 }, () => openMirror(deps, name, signal)));
  expect(new Set(opened.map(({ git_dir }) => git_dir)).size).toBe(1);
  expect(readdirSync(deps.mirrors_dir)).toHaveLength(1);
  expect(run(opened[0]!.git_dir, 'rev-parse', '--is-bare-repository')).toBe('true');
});

test('twenty jobs at once fetch one repository', async () => {
  const source = bare();
  source.git('update-ref', 'refs/heads/main', source.commit(null, { a: 'a' }));
  const deps = testDeps();
  const jobs = Array.from({ length: 20 }, (_, n) => ({
    owner: 'local',
    job_id: `j${n}`,
    location: source.git_dir,
  }));
  const bases = await Promise.all(jobs.map((job) => fetchBase(deps, { ...job, base_branch: null }, signal)));
  expect(new Set(bases.map(({ base_sha }) => base_sha))).toEqual(new Set([source.git('rev-parse', 'main')]));
  expect(run(bases[0]!.git_dir, 'for-each-ref', 'refs/heads').split('\n')).toHaveLength(20);
});

test('the base stays what it was when the job began, though its branch moves or goes', async () => {
  const { deps, source, at } = await testJob();
  const input = { ...at, base_branch: null };
  source.git('update-ref', 'refs/heads/main', source.commit(at.base_sha, { b: 'b' }));
  expect(await fetchBase(deps, input, signal)).toMatchObject({ base_sha: at.base_sha, base_branch: 'main' });
  source.git('update-ref', 'refs/heads/other', source.commit(null, { c: 'c' }));
  source.git('symbolic-ref', 'HEAD', 'refs/heads/other');
  source.git('update-ref', '-d', 'refs/heads/main');
  await reachPoint(deps, at, signal);
  expect(await fetchBase(deps, { ...input, base_branch: 'main' }, signal)).toMatchObject({
    base_sha: at.base_sha,
  });
});

test('a branch is named as it is, and never read as a revision or an option', async () => {
  const { deps, source, at } = await testJob();
  source.git('update-ref', 'refs/heads/-q\'"ü', at.base_sha);
  expect(await fetchBase(deps, { ...at, job_id: 'k', base_branch: '-q\'"ü' }, signal)).toMatchObject({
    base_sha: at.base_sha,
  });
  for (const base_branch of [
    'main~0',
    'main^{tree}',
    '--upload-pack=touch /tmp/x',
    '../../heads/x',
    '',
    'nope\n',
  ]) {
    const fetching = fetchBase(deps, { ...at, job_id: 'l', base_branch }, signal);
    await expect(fetching).rejects.toThrow('has no branch');
  }
});

test('without a default branch the message lists the branches', async () => {
  const source = bare();
  const sha = source.commit(null, { a: 'a' });
  for (let n = 0; n < 12; n += 1) source.git('update-ref', `refs/heads/b${n}`, sha);
  writeFileSync(join(source.git_dir, 'HEAD'), `${sha}\n`);
  const opening = jobOn(testDeps(), source);
  await expect(opening).rejects.toThrow(
    /has no default branch.*Set base_branch to one of: ("b\d+", ){9}"b\d+", and others\./,
  );
  await expect(opening).rejects.toMatchObject({ type: 'RepositoryRefused', nonRetryable: true });
});

test('empty and shallow repositories, and those with LFS, are refused in words', async () => {
  await expect(jobOn(testDeps(), bare())).rejects.toThrow('The repository is empty: it has no commit yet.');
  const { source, at } = await testJob();
  source.git('update-ref', 'refs/heads/main', source.commit(at.base_sha, { b: 'b' }));
  const shallow = join(tempFolder(), 'shallow');
  run('/', 'clone', '-q', '--depth', '1', `file://${source.git_dir}`, shallow);
  await expect(jobOn(testDeps(), source, shallow)).rejects.toThrow('git fetch --unshallow');
  const lfs = bare();
  const attributes = '# no filter=lfs here\n*.bin filter=lfs diff=lfs\n';
  lfs.git('update-ref', 'refs/heads/main', lfs.commit(null, { 'deep/er/.gitattributes': attributes }));
  await expect(jobOn(testDeps(), lfs)).rejects.toThrow('("deep/er/.gitattributes" says filter=lfs)');
});

test('a repository that can not be had leaves no mirror behind', async () => {
  const deps = testDeps();
  const { source } = await testJob();
  const shallow = join(tempFolder(), 'shallow');
  source.git('update-ref', 'refs/heads/main', source.commit(source.git('rev-parse', 'main'), { b: 'b' }));
  run('/', 'clone', '-q', '--depth', '1', `file://${source.git_dir}`, shallow);
  const nothing = join(tempFolder(), 'no repository');
  mkdirSync(nothing);
  for (const location of [shallow, nothing, '/nowhere/at/all', bare().git_dir]) {
    await expect(jobOn(deps, source, location)).rejects.toThrow();
  }
  expect(existsSync(deps.mirrors_dir) ? readdirSync(deps.mirrors_dir) : []).toEqual([]);
  await jobOn(deps, source);
  expect(readdirSync(deps.mirrors_dir)).toHaveLength(1);
});

test('a repository of another user is read', async (context) => {
  if (process.getuid?.() !== 0) return context.skip();
  const source = bare();
  source.git('update-ref', 'refs/heads/main', source.commit(null, { a: 'a' }));
  execFileSync('chown', ['-R', '12345', source.git_dir]);
  expect((await jobOn(testDeps(), source)).at.base_branch).toBe('main');
});

test('an agent can neither push into the mirror nor fetch by name from it', async () => {
  const job = await testJob();
  const folder = await job.prepare('t');
  writeFiles(folder, { 'a.txt': 'b\n' });
  run(folder, 'commit', '-q', '-a', '-m', 'mine');
  for (const ref of [RESULT, 'refs/heads/new', 'refs/heads/orchestrator/j/base']) {
    expect(() => run(folder, 'push', '-f', job.git_dir, `HEAD:${ref}`)).toThrow(/hidden ref/);
  }
  expect(run(folder, 'ls-remote', job.git_dir)).toBe('');
});

test('another host gets base and head from bundles when the repository has neither', async () => {
  const first = await testJob();
  const landed = first.source.commit(first.at.base_sha, { b: 'b' });
  run(first.git_dir, 'fetch', '-q', first.source.git_dir, landed);
  await moveResult(first.deps, { at: first.at, to: landed, fence: 1 }, signal);
  const bundle = { git_dir: first.git_dir, job_id: 'j' };
  const base = { ...bundle, from: null, to: first.at.base_sha, ref: 'refs/heads/orchestrator/j/base' };
  const head = { ...bundle, from: first.at.base_sha, to: landed, ref: RESULT };
  const at: RepositoryPoint = {
    ...first.at,
    head_sha: landed,
    fence: 1,
    base_bundle: await storeBundle(first.deps, base, signal),
    head_bundle: await storeBundle(first.deps, head, signal),
  };
  rmSync(first.source.git_dir, { recursive: true });
  const other = testDeps(first.deps.store);
  const { git_dir } = await reachPoint(other, at, signal);
  expect(run(git_dir, 'rev-parse', RESULT)).toBe(landed);
  expect(run(git_dir, 'fsck', '--full')).toBe('');
  await expect(reachPoint(testDeps(), { ...at, base_bundle: null }, signal)).rejects.toThrow();
});

test('a head that is nowhere any more is said to be gone', async () => {
  const { deps, at } = await testJob();
  const gone = reachPoint(deps, { ...at, head_sha: '1'.repeat(40), fence: 1 }, signal);
  await expect(gone).rejects.toMatchObject({ type: 'RepositoryRefused', nonRetryable: true });
});

test('a host that comes back with an older state changes nothing', async () => {
  const { deps, source, at, git_dir } = await testJob();
  const landed = source.commit(at.base_sha, { b: 'b' });
  run(git_dir, 'fetch', '-q', source.git_dir, landed);
  await reachPoint(deps, at, signal);
  await moveResult(deps, { at, to: landed, fence: 1 }, signal);
  await moveResult(deps, { at, to: landed, fence: 1 }, signal); // a repetition
  for (const stale of [
    reachPoint(deps, at, signal),
    moveResult(deps, { at, to: at.base_sha, fence: 1 }, signal),
  ]) {
    await expect(stale).rejects.toMatchObject({ type: 'StalePoint', nonRetryable: true });
  }
  expect(run(git_dir, 'rev-parse', RESULT)).toBe(landed);
  expect(run(git_dir, 'for-each-ref', '--format=%(refname)', `${RESULT}*`)).toBe(RESULT);
});

test('a branch that is ahead of the state goes back, and what it had stays under another name', async () => {
  const { deps, source, at, git_dir } = await testJob();
  const unknown = source.commit(at.base_sha, { b: 'b' });
  run(git_dir, 'fetch', '-q', source.git_dir, unknown);
  run(git_dir, 'update-ref', RESULT, unknown);
  for (let time = 1; time <= 2; time += 1) await reachPoint(deps, { ...at, fence: time }, signal);
  expect(run(git_dir, 'rev-parse', RESULT)).toBe(at.base_sha);
  expect(run(git_dir, 'rev-parse', `${RESULT}-lost-1`)).toBe(unknown);
});

test('a lock that a killed git left long ago is no hindrance', async () => {
  const { deps, at, git_dir } = await testJob();
  await reachPoint(deps, at, signal);
  const lock = join(git_dir, `${RESULT}.lock`);
  writeFileSync(lock, '');
  const long = new Date(Date.now() - 600_000);
  utimesSync(lock, long, long);
  rmSync(join(git_dir, RESULT));
  await reachPoint(deps, { ...at, fence: 1 }, signal);
  expect(run(git_dir, 'rev-parse', RESULT)).toBe(at.base_sha);
  expect(existsSync(lock)).toBe(false);
});
