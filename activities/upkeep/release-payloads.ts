import type { ActivityDeps } from '../deps.ts';

/** Jobs that one sweep looks at. */
const AT_ONCE = 50;

/** A job may be about to start, and a list of workflows is a little behind. */
const SETTLED_MS = 10 * 60_000;

/** Where the next look into a store begins, and when this process first found no history of a job. */
const looks = new WeakMap<ActivityDeps['store'], { after: string; gone: Map<string, number> }>();

/**
 * Lets go of what histories refer to once Temporal has no history of the job any more: past its retention, or where the
 * job was never started. Looks at some jobs, the next time at the next ones.
 */
export async function releasePayloads(
  { store, temporal }: Pick<ActivityDeps, 'store' | 'temporal'>,
  now = Date.now(),
): Promise<void> {
  const look = looks.get(store) ?? { after: '', gone: new Map() };
  looks.set(store, look);
  const { gone } = look;
  const job_ids = await store.jobsWithPayloads(look.after, AT_ONCE);
  look.after = job_ids.length < AT_ONCE ? '' : job_ids.at(-1)!;
  for (const job_id of job_ids) {
    const isThere = (await temporal.runsOf(job_id)).length > 0;
    if (isThere) gone.delete(job_id);
    else if (!gone.has(job_id)) gone.set(job_id, now);
    else if (now - gone.get(job_id)! >= SETTLED_MS) {
      await store.dropPayloads(job_id);
      gone.delete(job_id);
    }
  }
}
