import { jobWorkflowId } from '../../contracts/names.ts';

import type { ActivityDeps } from '../deps.ts';
import { itemOfMemo } from './memo-item.ts';

type Deps = Pick<ActivityDeps, 'temporal' | 'store'>;

/** A job that was submitted so long ago was started by now, or never will be. */
const STARTED_SECONDS = 60;
/** Rows that travel to the database together. */
const AT_ONCE = 500;

/**
 * Puts jobs into the list that run and are not in it: those from before there was a list, and those of processes of
 * an earlier version. Gives how many, and the jobs that the list has as open and that do not run.
 */
export async function listRunning({
  temporal,
  store,
}: Deps): Promise<{ listed_jobs: number; strays: string[] }> {
  const running = await temporal.runningJobs();
  const ids = running.map(({ job_id }) => job_id);
  const [listed, deleted] = [await store.listedAmong(ids), await store.deletedAmong(ids)];
  const missing = running.filter(({ job_id }) => !listed.has(job_id) && !deleted.has(job_id));
  let listed_jobs = 0;
  for (let start = 0; start < missing.length; start += AT_ONCE) {
    const items = missing.slice(start, start + AT_ONCE).map(itemOfMemo);
    listed_jobs += (await store.addJobs(items)).length;
  }
  const open = await store.openSince(ago(STARTED_SECONDS));
  const there = new Set(ids);
  return { listed_jobs, strays: open.filter((job_id) => !there.has(job_id)) };
}

/** Takes jobs out of the list that were never started, or whose workflow was deleted from outside. Gives how many. */
export async function unlistGone({ temporal, store }: Deps, strays: readonly string[]): Promise<number> {
  const archived = await store.archivedAmong(strays);
  const gone: string[] = [];
  for (const job_id of strays) {
    if (!archived.has(job_id) && !(await temporal.isKnown(jobWorkflowId(job_id)))) gone.push(job_id);
  }
  await store.removeJobs(gone);
  await store.dropDeleted(ago(DELETED_SECONDS));
  return gone.length;
}

/** Longer than a request or an activity that knows nothing of a deletion goes on. */
const DELETED_SECONDS = 3600;

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
