import { statSync } from 'node:fs';
import type { PrepareCloneInput } from '../../../contracts/repository/work.ts';
import { commitWork } from '../commit/commit.ts';
import { isSafeToRemove } from '../commit/safe-to-remove.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { cloneRecordPath, goesOn, readClone } from './clone.ts';

/**
 * What an earlier attempt left in a task's folder is kept aside before another clone takes its place, where no branch of the
 * task has it: that attempt may have been cut off before its work was named. What can't be committed is let go.
 */
export async function keepLeftover(
  deps: RepositoryHostDeps,
  input: PrepareCloneInput,
  signal: AbortSignal,
): Promise<void> {
  const { at, task_id, attempt } = input;
  const name = { job_id: at.job_id, task_id };
  const record = readClone(deps.work_dir, name);
  if (record === null || goesOn(deps, input)) return;
  // the same for a repetition
  const committed_at = statSync(cloneRecordPath(deps.work_dir, name)).mtime.toISOString();
  const about = { task_id, title: 'What an earlier attempt left', attempt, agent: 'unknown' };
  try {
    if (await isSafeToRemove(deps, { ...at, task_id }, signal)) return;
    const { from_sha } = record;
    await commitWork(deps, { at, ...about, from_sha, committed_at, source: 'failed' }, signal);
  } catch {
    signal.throwIfAborted();
  }
}
