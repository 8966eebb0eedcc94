import { statSync } from 'node:fs';
import type { Committed, RepositoryPoint } from '../../../contracts/repository/work.ts';
import { cloneRecordPath, readClone } from '../clone/clone.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { commitWork } from './commit.ts';
import { isSafeToRemove } from './safe-to-remove.ts';

/**
 * Keeps what lies in a task's clone and that no branch of the task has: it is committed to a branch of its own, as the work of a
 * failed attempt is. After that the clone may go. Gives it; null: there was none.
 * @throws CommitRefused and the like where it can't be kept
 */
export async function keepAside(
  deps: RepositoryHostDeps,
  { at, task_id, attempt }: { at: RepositoryPoint; task_id: string; attempt: number },
  signal: AbortSignal,
): Promise<Committed | null> {
  const { job_id, owner, location } = at;
  const name = { job_id, task_id };
  const record = readClone(deps.work_dir, name);
  if (record === null || (await isSafeToRemove(deps, { owner, location, ...name }, signal))) return null;
  const { from_sha } = record;
  // the same for a repetition
  const committed_at = statSync(cloneRecordPath(deps.work_dir, name)).mtime.toISOString();
  const about = { task_id, title: 'What an earlier attempt left', attempt, agent: 'unknown' };
  return await commitWork(deps, { at, ...about, from_sha, committed_at, source: 'failed' }, signal);
}
