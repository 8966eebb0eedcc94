import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepositoryPoint } from '../../../contracts/repository/work.ts';
import { baseBranchOf, resultBranch } from '../../../core/repository/refs.ts';
import { repositoryFailure } from '../failures.ts';
import { GitError } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { fetchBundle } from './bundle.ts';
import { exclusively } from './exclusive.ts';
import { fetchCommit, fetchHeads } from './fetch-heads.ts';
import { type Mirror, openMirror } from './mirror.ts';
import { isAncestor, isComplete, keepRef, readRef, setRef } from './ref.ts';

/**
 * Brings what this host has of a job to how the job stands: mirror, base and head are there, and the branch of the
 * results is at the head. Commits of that branch which the head does not have stay under names of their own.
 * @throws StalePoint where this host has seen a later state of the job, and nothing is changed then
 */
export async function reachPoint(
  deps: RepositoryHostDeps,
  at: RepositoryPoint,
  signal: AbortSignal,
): Promise<{ git_dir: string }> {
  const mirror = await openMirror(deps, at, signal);
  requireCurrent(mirror, at);
  if (!isReached(mirror, at)) {
    await exclusively(jobLock(mirror, at), signal, async () => {
      requireCurrent(mirror, at);
      await reach(deps, mirror, at, signal);
      recordFence(mirror, at.job_id, at.fence);
    });
  }
  return { git_dir: mirror.git_dir };
}

/**
 * The same for work that does not depend on where the head is: a task goes on from where it began, though others have landed
 * since. What was there at an earlier state is there at a later one.
 */
export async function reachWork(
  deps: RepositoryHostDeps,
  at: RepositoryPoint,
  signal: AbortSignal,
): Promise<{ git_dir: string }> {
  const mirror = await openMirror(deps, at, signal);
  return readFence(mirror, at.job_id) > at.fence ? mirror : await reachPoint(deps, at, signal);
}

/**
 * Moves the branch of the results from the head of `at` to `to`, a commit of the mirror, and records the fence that goes
 * with it. Once that is done, a repetition changes nothing.
 * @throws StalePoint
 */
export async function moveResult(
  deps: RepositoryHostDeps,
  { at, to, fence }: { at: RepositoryPoint; to: string; fence: number },
  signal: AbortSignal,
): Promise<{ git_dir: string }> {
  const mirror = await openMirror(deps, at, signal);
  const { git_dir } = mirror;
  await exclusively(jobLock(mirror, at), signal, async () => {
    const ref = resultRef(at.job_id);
    const moved = (looseRef(git_dir, ref) ?? (await readRef(git_dir, ref, signal))) === to;
    if (!(moved && readFence(mirror, at.job_id) === fence)) requireCurrent(mirror, at);
    if (!moved) {
      if (!isReached(mirror, at)) await reach(deps, mirror, at, signal);
      await setRef(git_dir, { ref, to, from: at.head_sha }, signal);
    }
    recordFence(mirror, at.job_id, fence);
  });
  return { git_dir };
}

const baseRef = (jobId: string): string => `refs/heads/${baseBranchOf(jobId)}`;
const resultRef = (jobId: string): string => `refs/heads/${resultBranch(jobId)}`;
const jobLock = ({ folder }: Mirror, { job_id }: RepositoryPoint): string =>
  join(folder, 'locks', `job-${job_id}`);

/** Without a call of git, which would cost every task: a ref that is in no file of its own is looked at by `reach`. */
function isReached(mirror: Mirror, { job_id, fence, base_sha, head_sha }: RepositoryPoint): boolean {
  const { git_dir } = mirror;
  return (
    readFence(mirror, job_id) === fence &&
    looseRef(git_dir, baseRef(job_id)) === base_sha &&
    looseRef(git_dir, resultRef(job_id)) === head_sha
  );
}

/** What a ref names that has a file of its own; git reads that before any other place. */
const looseRef = (gitDir: string, ref: string): string | null => readText(join(gitDir, ref));

async function reach(
  deps: RepositoryHostDeps,
  { git_dir, folder }: Mirror,
  at: RepositoryPoint,
  signal: AbortSignal,
): Promise<void> {
  const base = await readRef(git_dir, baseRef(at.job_id), signal);
  if (base !== at.base_sha) {
    await exclusively(join(folder, 'locks', 'fetch'), signal, () => haveBase(deps, git_dir, at, signal));
    await follow(git_dir, { ref: baseRef(at.job_id), to: at.base_sha, from: base }, signal);
  }
  const result = await readRef(git_dir, resultRef(at.job_id), signal);
  if (result === at.head_sha) return;
  if (!(await isComplete(git_dir, at.head_sha, signal))) {
    const bundle_ref = at.head_bundle;
    if (bundle_ref === null) throw gone(`its commit ${at.head_sha}`);
    await fetchBundle(deps, { git_dir, bundle_ref }, signal);
    if (!(await isComplete(git_dir, at.head_sha, signal))) throw gone(`its commit ${at.head_sha}`);
  }
  await follow(git_dir, { ref: resultRef(at.job_id), to: at.head_sha, from: result }, signal);
}

/** From the repository as long as that has it, else from the bundle. */
async function haveBase(
  deps: RepositoryHostDeps,
  git_dir: string,
  { location, base_sha, base_bundle, origin_sha }: RepositoryPoint,
  signal: AbortSignal,
): Promise<void> {
  const there = () => isComplete(git_dir, base_sha, signal);
  if (await there()) return;
  let unreachable: unknown;
  try {
    await fetchHeads(deps, { git_dir, location }, signal);
  } catch (error) {
    signal.throwIfAborted();
    unreachable = error;
  }
  if (await there()) return;
  const fetchOne = (sha: string) => fetchCommit(deps, { git_dir, location, sha }, signal);
  if (base_bundle !== null && origin_sha && !(await isComplete(git_dir, origin_sha, signal)))
    await fetchOne(origin_sha).catch(unlessAborted(signal));
  if (base_bundle !== null) await fetchBundle(deps, { git_dir, bundle_ref: base_bundle, ours: true }, signal);
  else if (unreachable !== undefined) throw unreachable;
  else await fetchOne(base_sha).catch(unlessAborted(signal));
  if (!(await there())) throw gone(`the commit ${base_sha} that it started from`);
}

const unlessAborted = (signal: AbortSignal) => (error: unknown) => {
  signal.throwIfAborted();
  if (!(error instanceof GitError)) throw error;
};

const gone = (what: string) =>
  repositoryFailure(
    'RepositoryRefused',
    `The job can't go on at this host: ${what} is neither in the repository any more nor in a bundle.`,
  );

async function follow(
  gitDir: string,
  move: { ref: string; to: string; from: string | null },
  signal: AbortSignal,
): Promise<void> {
  const { ref, to, from } = move;
  if (from !== null && !(await isAncestor(gitDir, from, to, signal))) {
    await keepRef(gitDir, `${ref}-lost-`, from, signal);
  }
  await setRef(gitDir, move, signal);
}

function requireCurrent(mirror: Mirror, { job_id, fence }: RepositoryPoint): void {
  if (readFence(mirror, job_id) <= fence) return;
  throw repositoryFailure(
    'StalePoint',
    'The job has moved on since: this step belongs to an earlier state of it.',
  );
}

const fencePath = ({ folder }: Mirror, jobId: string): string => join(folder, 'fences', jobId);

function readFence(mirror: Mirror, jobId: string): number {
  const text = readText(fencePath(mirror, jobId));
  return text === null ? -1 : Number(text);
}

function recordFence(mirror: Mirror, jobId: string, fence: number): void {
  if (readFence(mirror, jobId) === fence) return;
  mkdirSync(join(mirror.folder, 'fences'), { recursive: true });
  const path = fencePath(mirror, jobId);
  writeFileSync(`${path}.new`, `${fence}\n`);
  renameSync(`${path}.new`, path);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
