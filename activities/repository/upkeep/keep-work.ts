import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepositoryPoint } from '../../../contracts/repository/work.ts';
import { clonePath, readClone } from '../clone/clone.ts';
import { commitWork } from '../commit/commit.ts';
import { isSafeToRemove } from '../commit/safe-to-remove.ts';
import type { RepositoryEngine } from '../engine.ts';
import { notedPoint } from './point-note.ts';

/**
 * Keeps what lies in the clones of a job that has ended and that is in no branch: it is committed to a branch of its own, as
 * the work of a failed attempt is. After that the folder of the job may go.
 * @throws CommitRefused and the like where something can't be kept: then it must stay
 */
export async function keepWork(engine: RepositoryEngine, jobId: string, signal: AbortSignal): Promise<void> {
  const at = notedPoint(engine.work_dir, jobId);
  if (!at) return;
  const { job_id, owner, location } = at;
  const folder = join(clonePath(engine.work_dir, { job_id, task_id: '.' }));
  for (const task_id of await readdir(folder).catch(() => [])) {
    if (await isSafeToRemove(engine, { owner, location, job_id, task_id }, signal)) continue;
    await keep(engine, at, task_id, signal);
  }
}

async function keep(
  engine: RepositoryEngine,
  at: RepositoryPoint,
  task_id: string,
  signal: AbortSignal,
): Promise<void> {
  const { from_sha } = readClone(engine.work_dir, { job_id: at.job_id, task_id })!;
  const committed_at = new Date().toISOString();
  const about = { title: `Unfinished work of ${task_id}`, agent: 'unknown', attempt: 0 };
  await commitWork(engine, { at, task_id, from_sha, committed_at, source: 'failed', ...about }, signal);
}
