import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { landMerge } from '../../activities/repository/merge/land.ts';
import { mergeWork } from '../../activities/repository/merge/merge.ts';
import { fetchBundle, storeBundle } from '../../activities/repository/mirror/bundle.ts';
import { reachPoint } from '../../activities/repository/mirror/point.ts';
import type { MergePart, RepositoryPoint } from '../../contracts/repository/work.ts';
import { smallDisk } from '../chaos/small-disk.ts';
import { bare, bareAt, tempFolder } from './bare.ts';
import { type GitCalls, watchGit } from './git-calls.ts';
import { type Host, host, hostDeps } from './host.ts';

const signal = new AbortController().signal;
const RESULT = 'refs/heads/orchestrator/job-1/result';
const MERGED_AT = '2026-01-02T03:04:05Z';

const merge = ({ deps }: Pick<Host, 'deps'>, at: RepositoryPoint, parts: MergePart[]) =>
  mergeWork(deps, { at, parts, lock_command: null, merged_at: MERGED_AT }, signal);

async function candidateOf(running: Host, changes: Record<string, string> = { a: 'a\n' }) {
  const { candidate_sha } = await merge(running, running.at, [running.part('a', changes)]);
  return candidate_sha!;
}

test('a candidate becomes the head, with a bundle and a diff of all that has landed', async () => {
  const running = await host({ f: 'f\n' });
  const { deps, at, mirror } = running;
  const candidate_sha = await candidateOf(running);
  const landed = await landMerge(deps, { at, candidate_sha, fence: 1 }, signal);
  expect(landed).toMatchObject({ head_sha: candidate_sha, files_changed: 1, insertions: 1, deletions: 0 });
  expect(mirror.git('rev-parse', RESULT)).toBe(candidate_sha);
  expect(deps.store.text(landed.patch_ref)).toContain('+++ b/a');
  // another machine that has the base can go on from the bundle
  const other = bare();
  other.git('fetch', '-q', at.location, 'main:main');
  const fetched = { git_dir: other.git_dir, bundle_ref: landed.head_bundle! };
  expect(await fetchBundle(deps, fetched, signal)).toBe(candidate_sha);
});

test('landing may be repeated, also after it was cut off once the branch had moved', async () => {
  const running = await host({ f: 'f\n' });
  const { deps, at, mirror } = running;
  const candidate_sha = await candidateOf(running);
  const input = { at, candidate_sha, fence: 1 };
  mirror.git('update-ref', RESULT, candidate_sha, at.head_sha);
  const landed = await landMerge(deps, input, signal);
  expect(await landMerge(deps, input, signal)).toMatchObject({
    head_sha: landed.head_sha,
    stat_ref: landed.stat_ref,
  });
  expect(mirror.git('rev-parse', RESULT)).toBe(candidate_sha);
  expect(mirror.git('for-each-ref', '--format=%(refname)')).not.toContain('lost');
});

test('a host that comes back with an older state changes nothing', async () => {
  const running = await host({ f: 'f\n' });
  const { deps, at, mirror } = running;
  const [first, other] = [await candidateOf(running), await candidateOf(running, { b: 'b\n' })];
  await landMerge(deps, { at, candidate_sha: first, fence: 1 }, signal);
  const later = { ...at, head_sha: first, fence: 1 };
  const next = (await merge(running, later, [running.part('c', { c: 'c\n' })])).candidate_sha!;
  await landMerge(deps, { at: later, candidate_sha: next, fence: 2 }, signal);
  const stale = landMerge(deps, { at, candidate_sha: other, fence: 1 }, signal);
  await expect(stale).rejects.toMatchObject({ type: 'StalePoint', nonRetryable: true });
  expect(mirror.git('rev-parse', RESULT)).toBe(next);
});

test('a candidate that is not on this host is asked for, and changes nothing', async () => {
  const { deps, at, mirror } = await host({ f: 'f\n' });
  const landed = landMerge(deps, { at, candidate_sha: '1'.repeat(40), fence: 1 }, signal);
  await expect(landed).rejects.toMatchObject({ type: 'WorkMissing', nonRetryable: true });
  expect(mirror.git('rev-parse', RESULT)).toBe(at.head_sha);
});

test('another host merges the same candidate from bundles alone, and lands it', async () => {
  const running = await host({ f: 'f\n' });
  const part = running.part('a', { a: 'a\n' });
  const ref = 'refs/heads/orchestrator/job-1/tasks/a';
  running.mirror.git('update-ref', ref, part.head_sha);
  const { git_dir } = running.mirror;
  const input = { git_dir, job_id: 'job-1', from: running.at.base_sha, to: part.head_sha, ref };
  part.bundle_ref = await storeBundle(running.deps, input, signal);
  const here = await merge(running, running.at, [part]);
  const deps = hostDeps(tempFolder(), running.deps.store);
  const there = await merge({ deps }, running.at, [part]);
  expect(there).toEqual(here);
  const landed = await landMerge(
    deps,
    { at: running.at, candidate_sha: there.candidate_sha!, fence: 1 },
    signal,
  );
  expect(landed.head_sha).toBe(here.candidate_sha);
});

test('a base with odd old objects, which its repository lost, comes from the bundle of another host', async () => {
  const { deps, at, mirror } = await host({ f: 'f\n' });
  const file = join(tempFolder(), 'commit');
  const tree = mirror.git('rev-parse', `${at.base_sha}^{tree}`);
  // an author without a space before the address: git of long ago made some
  writeFileSync(file, `tree ${tree}\nauthor Ann<a@b.c> 1 +0000\ncommitter Ann <a@b.c> 1 +0000\n\nodd\n`);
  const odd = mirror.git('hash-object', '-t', 'commit', '-w', '--literally', file);
  mirror.git('update-ref', 'refs/heads/odd', odd);
  const { git_dir } = mirror;
  const base = { git_dir, job_id: 'job-1', from: null, to: odd, ref: 'refs/heads/odd' };
  const base_bundle = await storeBundle(deps, base, signal);
  const there = { ...at, base_sha: odd, head_sha: odd, base_bundle };
  const reached = await reachPoint(hostDeps(tempFolder(), deps.store), there, signal);
  expect(bareAt(reached.git_dir).git('rev-parse', RESULT)).toBe(odd);
});

test('work that is nowhere is named', async () => {
  const running = await host({ f: 'f\n' });
  const part = { task_id: 'a', title: 'a', head_sha: '1'.repeat(40), bundle_ref: null };
  await expect(merge(running, running.at, [part])).rejects.toMatchObject({
    type: 'WorkMissing',
    message: `This host does not have the work of a, commit ${part.head_sha}: it has to be merged here first.`,
  });
});

/** As Temporal does it: the same activity with the same input. */
const again = <T>(activity: () => Promise<T>): Promise<T> => activity().catch(activity);

/** Merges and lands tasks one after the other; gives the last point and what each took. */
async function queue(running: Host, count: number, watch?: GitCalls) {
  let at = running.at;
  const took: { ms: number; calls: number }[] = [];
  for (let n = 0; n < count; n += 1) {
    const part = running.part(`t${n}`, { [`new/${n}.txt`]: `${n}\n` });
    const calls = watch?.count() ?? 0;
    const started = performance.now();
    const { candidate_sha } = await again(() => merge(running, at, [part]));
    const input = { at, candidate_sha: candidate_sha!, fence: at.fence + 1 };
    const landed = await again(() => landMerge(running.deps, input, signal));
    took.push({ ms: performance.now() - started, calls: (watch?.count() ?? 0) - calls });
    at = { ...at, head_sha: landed.head_sha, head_bundle: landed.head_bundle, fence: at.fence + 1 };
  }
  return { at, took };
}

/** `ORCHESTRATOR_CHAOS=long` merges fifty times, and cuts off before every call of git. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const MERGES = isLong ? 50 : 20;

test('a merge takes as many calls of git as the first, however many have landed, and two more at every eighth', async () => {
  const files = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`f/${n}.txt`, 'x\n']));
  const running = await host(files);
  const watch = watchGit();
  const { took } = await queue(running, MERGES, watch);
  watch.stop();
  const median = (some: typeof took) =>
    some.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(some.length / 2)]!;
  const [first, last] = [median(took.slice(0, MERGES / 2)), median(took.slice(-MERGES / 2))];
  console.log(`merge and land: first half ${first.toFixed(0)} ms, last half ${last.toFixed(0)} ms`);
  const usual = took[1]!.calls;
  expect(usual).toBeLessThanOrEqual(11);
  // the first one makes the branch
  expect(took.slice(1).map(({ calls }) => calls)).toEqual(
    Array.from({ length: MERGES - 1 }, (_, n) => ((n + 2) % 8 === 0 ? usual + 2 : usual)),
  );
  // what has landed is in packs, but for the last few
  const loose = running.mirror.git('count-objects').split(' ')[0];
  expect(Number(loose)).toBeLessThan(100);
  expect(running.mirror.git('fsck', '--full')).not.toMatch(/missing|corrupt/);
}, 300_000);

test('cut off before any call of git, and gone on with from its beginning, a merge ends with the same shas', async () => {
  const watch = watchGit();
  const running = await host({ f: 'f\n' });
  const before = watch.count();
  const { at: expected } = await queue(running, 2);
  const calls = watch.count() - before;
  expect(calls).toBeGreaterThan(10);
  for (let n = 1; n <= calls; n += isLong ? 1 : 4) {
    const other = await host({ f: 'f\n' });
    const begun = watch.count();
    watch.failAt(begun + n);
    const { at } = await queue(other, 2);
    expect(watch.count() - begun).toBeGreaterThan(calls); // it was cut off, and something was done again
    expect(at).toMatchObject({ head_sha: expected.head_sha, fence: 2 });
    expect(other.mirror.git('rev-parse', RESULT)).toBe(expected.head_sha);
    expect(other.mirror.git('for-each-ref', '--format=%(refname)')).not.toContain('lost');
  }
}, 300_000);

const probe = smallDisk();
probe?.remove();

test.skipIf(!probe)(
  'a disk that is full in the middle of a merge loses nothing, and it goes on when there is room',
  async () => {
    const disk = smallDisk('size=24m')!;
    try {
      const running = await host({ f: 'f\n' }, { folder: join(disk.folder, 'host') });
      const { deps, at, mirror } = running;
      const first = await queue(running, 1);
      const parts = [
        running.part('x', { x: 'x\n' }, at.base_sha),
        running.part('y', { y: 'y\n' }, at.base_sha),
      ];
      disk.fill();
      await expect(merge(running, first.at, parts)).rejects.toThrow(/./);
      expect(mirror.git('rev-parse', RESULT)).toBe(first.at.head_sha);
      expect(mirror.git('fsck', '--full')).not.toMatch(/missing|corrupt/);
      disk.free();
      const { candidate_sha } = await merge(running, first.at, parts);
      disk.fill();
      const input = { at: first.at, candidate_sha: candidate_sha!, fence: first.at.fence + 1 };
      await landMerge(deps, input, signal).catch(() => undefined);
      disk.free();
      expect((await landMerge(deps, input, signal)).head_sha).toBe(candidate_sha);
      expect(mirror.git('rev-parse', RESULT)).toBe(candidate_sha);
      expect(mirror.git('ls-tree', '--name-only', RESULT).split('\n')).toEqual(['f', 'new', 'x', 'y']);
    } finally {
      disk.remove();
    }
  },
);
