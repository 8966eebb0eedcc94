import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { jobWorkflowId } from '../../contracts/names.ts';
import type { ActivityDeps } from '../deps.ts';

/** Folders that are looked up at once. */
const BATCH = 200;

/**
 * Removes folders of jobs on this host: of deleted jobs at once, of closed ones `limits.work_folder_seconds` after their end, and of
 * those that nobody knows when nothing was begun in them for as long. Never that of a job that is open. Every worker does so for
 * its own host. What lies in clones of repositories of a closed job is kept on branches before.
 * @returns ids of the jobs
 * @throws what database and Temporal throw: what is left is for the next time
 */
export async function removeWorkFolders(
  { store, temporal, work_dir, config }: Pick<ActivityDeps, 'store' | 'temporal' | 'work_dir' | 'config'>,
  keep: (jobId: string) => Promise<void>,
): Promise<string[]> {
  const names = await readdir(work_dir).catch(() => []);
  const since = new Date(Date.now() - config.limits.work_folder_seconds * 1000);
  const removed: string[] = [];
  // what can't be kept must stay
  const isKept = (job_id: string) =>
    keep(job_id).then(
      () => true,
      () => false,
    );
  for (let at = 0; at < names.length; at += BATCH) {
    const job_ids = names.slice(at, at + BATCH);
    const [ended, deleted] = [await store.endsOf(job_ids), await store.deletedAmong(job_ids)];
    for (const job_id of job_ids) {
      const folder = join(work_dir, job_id);
      const old = ended.has(job_id) ? ended.get(job_id)! < since.toISOString() : await isOld(folder, since);
      if (!deleted.has(job_id) && !old) continue;
      // one that was reset is open again
      if (await temporal.isRunning(jobWorkflowId(job_id))) continue;
      if (!deleted.has(job_id) && !(await isKept(job_id))) continue;
      await rm(folder, { recursive: true, force: true });
      removed.push(job_id);
    }
  }
  return removed;
}

/** Every attempt of a task makes a folder, each in that of its task. */
async function isOld(folder: string, since: Date): Promise<boolean> {
  const attempts = join(folder, '.attempts');
  const tasks = await readdir(attempts).catch(() => []);
  const places = [folder, attempts, ...tasks.map((task) => join(attempts, task))];
  const found = await Promise.all(places.map((place) => stat(place).catch(() => undefined)));
  return found.every((one) => one === undefined || one.mtime < since);
}
