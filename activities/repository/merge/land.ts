import type { Landed, LandInput } from '../../../contracts/repository/work.ts';
import { resultBranch } from '../../../core/repository/refs.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { storeBundle } from '../mirror/bundle.ts';
import { openMirror } from '../mirror/mirror.ts';
import { packLanded } from '../mirror/pack-landed.ts';
import { requireCommit } from '../mirror/parts.ts';
import { moveResult } from '../mirror/point.ts';
import { storeDiff } from './diff.ts';

/**
 * Makes a candidate the head: moves the branch of the results by compare-and-swap, and stores all that has landed since the
 * base as a bundle and as a diff. May be repeated from any point.
 * @throws StalePoint where the job has moved on; WorkMissing where the candidate is not on this host. Both change nothing
 */
export async function landMerge(
  deps: RepositoryHostDeps,
  { at, candidate_sha, fence }: LandInput,
  signal: AbortSignal,
): Promise<Landed> {
  const { git_dir } = await openMirror(deps, at, signal);
  await requireCommit(git_dir, candidate_sha, signal);
  await moveResult(deps, { at, to: candidate_sha, fence }, signal);
  const { job_id, base_sha } = at;
  await packLanded(git_dir, { fence, base_sha, head_sha: candidate_sha }, signal);
  const ref = `refs/heads/${resultBranch(job_id)}`;
  const [head_bundle, diff] = await Promise.all([
    storeBundle(deps, { git_dir, job_id, from: base_sha, to: candidate_sha, ref }, signal),
    storeDiff(deps, { git_dir, job_id, from: base_sha, to: candidate_sha }, signal),
  ]);
  const { files: _, ...stored } = diff;
  return { head_sha: candidate_sha, head_bundle, ...stored };
}
