import type { CommitInput, Committed } from '../../../contracts/repository/work.ts';
import { rejectedBranch, taskBranch } from '../../../core/repository/refs.ts';
import { gitText } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { storeDiff } from '../merge/diff.ts';
import { storeBundle } from '../mirror/bundle.ts';
import { isAncestor, keepRef, readRef, setRef } from '../mirror/ref.ts';

export interface PublishInput {
  git_dir: string;
  input: Pick<CommitInput, 'at' | 'task_id' | 'from_sha' | 'source'>;
  /** in the mirror, on top of `from_sha` */
  head_sha: string;
  commits: number;
  ignored_files: number;
  warnings: string[];
}

/**
 * Names the work of a task by its branch, or by one of its own where it failed, and stores its bundle and its diff. Work that
 * the branch had before, and that is not part of the new, is kept as rejected.
 */
export async function publishWork(
  deps: Pick<RepositoryHostDeps, 'store'>,
  work: PublishInput,
  signal: AbortSignal,
): Promise<Committed> {
  const { git_dir, head_sha, commits, ignored_files, warnings } = work;
  const { at, from_sha } = work.input;
  const { job_id } = at;
  const told = { head_sha, commits, ignored_files, warnings };
  if (head_sha === from_sha) {
    if (work.input.source !== 'failed') await nameWork(work, signal);
    return { ...told, files_changed: 0, insertions: 0, deletions: 0, files: [], bundle_ref: null };
  }
  const ref = await nameWork(work, signal);
  const [diff, bundle_ref] = await Promise.all([
    storeDiff(deps, { git_dir, job_id, from: from_sha, to: head_sha }, signal),
    storeBundle(deps, { git_dir, job_id, from: from_sha, to: head_sha, ref }, signal),
  ]);
  return { ...told, ...diff, bundle_ref };
}

/** Gives the ref by which the work is named then. */
export async function nameWork(
  { git_dir, head_sha, input }: Pick<PublishInput, 'git_dir' | 'head_sha' | 'input'>,
  signal: AbortSignal,
): Promise<string> {
  const { job_id } = input.at;
  const rejected = `refs/heads/${rejectedBranch(job_id, input.task_id, 1).replace(/1$/, '')}`;
  if (input.source === 'failed') return await keepRef(git_dir, rejected, head_sha, signal);
  const ref = `refs/heads/${taskBranch(job_id, input.task_id)}`;
  const before = await readRef(git_dir, ref, signal);
  if (before === head_sha) return ref;
  const isNew = async (sha: string) =>
    !(await isAncestor(git_dir, sha, head_sha, signal)) &&
    !(await isIn(git_dir, sha, `${rejected}*`, signal));
  if (before !== null && (await isNew(before))) {
    await keepRef(git_dir, rejected, before, signal);
  }
  await setRef(git_dir, { ref, to: head_sha, from: before }, signal);
  return ref;
}

/** Whether one of the refs that are matched has a commit. */
async function isIn(gitDir: string, sha: string, pattern: string, signal: AbortSignal): Promise<boolean> {
  const found = await gitText(['for-each-ref', '--count=1', `--contains=${sha}`, '--', pattern], {
    cwd: gitDir,
    signal,
  });
  return found !== '';
}
