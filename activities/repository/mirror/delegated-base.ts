import type { OpenRepositoryInput } from '../../../contracts/repository/work.ts';
import { baseBranchOf } from '../../../core/repository/refs.ts';
import { repositoryFailure } from '../failures.ts';
import type { RepositoryHostDeps } from '../host.ts';
import type { Base } from './base.ts';
import { haveParts } from './parts.ts';
import { reachWork } from './point.ts';
import { readRef, setRef } from './ref.ts';

/**
 * What a job starts from that a task of another one had planned: the work of that task, pinned by a name of the job's own.
 * @throws RepositoryRefused where that is not the work of a task of its own; WorkMissing
 */
export async function takeDelegatedBase(
  deps: RepositoryHostDeps,
  { job_id, owner, location, from }: OpenRepositoryInput & Required<Pick<OpenRepositoryInput, 'from'>>,
  signal: AbortSignal,
): Promise<Base> {
  const { at, task_id, head_sha, bundle_ref } = from;
  if (at.owner !== owner || at.location !== location || !job_id.startsWith(`${at.job_id}.`)) {
    throw repositoryFailure(
      'RepositoryRefused',
      `The job ${job_id} was not planned by the task ${task_id} of ${at.job_id}.`,
    );
  }
  const { git_dir } = await reachWork(deps, at, signal);
  await haveParts(deps, { git_dir, parts: [{ task_id, title: task_id, head_sha, bundle_ref }] }, signal);
  const pin = `refs/heads/${baseBranchOf(job_id)}`;
  if ((await readRef(git_dir, pin, signal)) === null)
    await setRef(git_dir, { ref: pin, to: head_sha, from: null }, signal);
  return { git_dir, base_branch: at.base_branch, base_sha: head_sha };
}
