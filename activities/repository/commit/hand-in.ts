import type { CommitInput, Committed } from '../../../contracts/repository/work.ts';
import type { RepositoryEngine } from '../engine.ts';
import { commitWork } from './commit.ts';
import { importPushed } from './pushed.ts';

/**
 * The work of a task as a commit: of what lies in its folder, or of the bundle that was pushed for it last. Where nothing was
 * pushed, or by an agent for an earlier attempt only, nothing was changed.
 */
export async function handIn(
  engine: RepositoryEngine,
  input: CommitInput,
  signal: AbortSignal,
): Promise<Committed> {
  if (input.source !== 'pushed') return commitWork(engine, input, signal);
  const { at, task_id, from_sha, attempt, of_attempt } = input;
  const pushed = await engine.store.latestPushed(at.job_id, task_id);
  const isOld = of_attempt && pushed?.attempt != null && pushed.attempt < attempt;
  if (pushed && !isOld)
    return importPushed(engine, { at, task_id, from_sha, bundle_ref: pushed.sha256 }, signal);
  return {
    ...{ head_sha: from_sha, commits: 0, files_changed: 0, insertions: 0, deletions: 0 },
    ...{ ignored_files: 0, files: [], bundle_ref: null, warnings: [] },
  };
}
