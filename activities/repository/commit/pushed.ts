import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { CommitInput, Committed } from '../../../contracts/repository/work.ts';
import { besideClone, withClone } from '../clone/clone.ts';
import { repositoryFailure } from '../failures.ts';
import { removeTree } from '../files/remove-tree.ts';
import { GitError } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { makeGitDir } from '../mirror/bare.ts';
import { BundleError, fetchBundle } from '../mirror/bundle.ts';
import { reachWork } from '../mirror/point.ts';
import { publishWork } from './publish.ts';
import { takeCommits } from './take-commits.ts';

/** Work that came as a bundle, from a person or an agent elsewhere. */
export interface PushedInput extends Pick<CommitInput, 'at' | 'task_id' | 'from_sha'> {
  /** its hash in the content store */
  bundle_ref: string;
}

/**
 * Takes a bundle as the work of a task: one head, on top of what the task started from.
 * @throws BundleRefused in words for whoever pushed it; StalePoint
 */
export async function importPushed(
  deps: RepositoryHostDeps,
  input: PushedInput,
  signal: AbortSignal,
): Promise<Committed> {
  const { at, task_id, from_sha, bundle_ref } = input;
  const { git_dir } = await reachWork(deps, at, signal);
  await requireSmall(deps, bundle_ref);
  const name = { job_id: at.job_id, task_id };
  return await withClone(deps.work_dir, name, signal, async () => {
    const quarantine = join(besideClone(deps.work_dir, name), `pushed-${randomUUID()}`);
    try {
      const objects = join(git_dir, 'objects');
      makeGitDir(quarantine, { alternates: [objects] });
      const box = { sandbox: deps.sandbox, writable: [quarantine], readable: [objects] };
      const file_bytes = deps.limits.artifact_bytes;
      const head_sha = await fetchBundle(deps, { git_dir: quarantine, bundle_ref, box }, signal);
      const failure = 'BundleRefused' as const;
      const taken = { quarantine, box, git_dir, from_sha, head_sha, file_bytes, failure };
      const commits = head_sha === from_sha ? 0 : await takeCommits(taken, signal);
      if (commits === null)
        throw refused(`its commits are not on top of ${from_sha}, which the task started from: rebase them`);
      const source = 'pushed' as const;
      const work = { git_dir, head_sha, commits, ignored_files: 0, warnings: [] };
      return await publishWork(deps, { ...work, input: { at, task_id, from_sha, source } }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof GitError) || /No space left on device|Disk quota exceeded/.test(error.stderr))
        throw error;
      throw refused(error instanceof BundleError ? error.why : error.message);
    } finally {
      await removeTree(quarantine);
    }
  });
}

async function requireSmall({ store, limits }: RepositoryHostDeps, bundleRef: string): Promise<void> {
  const stored = await store.statContent(bundleRef);
  if (!stored) throw refused('it is not stored any more: push it again');
  if (stored.size_bytes <= limits.artifact_bytes) return;
  throw refused(`it has ${stored.size_bytes} bytes, and may have ${limits.artifact_bytes}`);
}

const refused = (why: string) => repositoryFailure('BundleRefused', `The bundle can't be taken: ${why}.`);
