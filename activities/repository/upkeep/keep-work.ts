import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clonePath } from '../clone/clone.ts';
import { keepAside } from '../commit/keep-aside.ts';
import type { RepositoryEngine } from '../engine.ts';
import { notedPoint } from './point-note.ts';

/**
 * Keeps what lies in the clones of a job that has ended and that is in no branch. After that the folder of the job may go.
 * @throws CommitRefused and the like where something can't be kept: then it must stay
 */
export async function keepWork(engine: RepositoryEngine, jobId: string, signal: AbortSignal): Promise<void> {
  const at = notedPoint(engine.work_dir, jobId);
  if (!at) return;
  const folder = join(clonePath(engine.work_dir, { job_id: at.job_id, task_id: '.' }));
  for (const task_id of await readdir(folder).catch(() => [])) {
    await keepAside(engine, { at, task_id, attempt: 0 }, signal);
  }
}
