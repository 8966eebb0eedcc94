import type { Count, LiveJob } from '../../contracts/telemetry.ts';
import { sumCounts } from '../../core/journal/counts.ts';
import type { Db } from '../database/schema.ts';

/**
 * Adds to counters. In the transaction of what is counted, each thing counts once, whatever is killed or repeated; and
 * no restart, and no job that is deleted, ever takes anything away.
 */
export async function addCounts(db: Db, counts: readonly Count[]): Promise<void> {
  const rows = sumCounts(counts);
  if (rows.length === 0) return;
  await db
    .insertInto('counters')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['name', 'labels']).doUpdateSet((e) => ({
        value: e('counters.value', '+', e.ref('excluded.value')),
      })),
    )
    .execute();
}

/** All counters, as they stand. */
export async function readCounts(db: Db): Promise<Count[]> {
  const rows = await db.selectFrom('counters').selectAll().orderBy('name').orderBy('labels').execute();
  return rows.map(({ labels, ...row }) => ({ ...row, labels: JSON.parse(labels) as Count['labels'] }));
}

/** Keeps what a live job looks like; it is forgotten when the job is archived or erased. */
export async function putLiveJob(
  db: Db,
  job_id: string,
  { status, tasks, approvals, parked }: LiveJob,
): Promise<void> {
  const summary = JSON.stringify({ status, tasks, approvals, parked } satisfies LiveJob);
  await db
    .insertInto('live_jobs')
    .values({ job_id, summary })
    .onConflict((conflict) => conflict.column('job_id').doUpdateSet({ summary }))
    .execute();
}

/** What all live jobs look like, up to a second ago. */
export async function readLiveJobs(db: Db): Promise<LiveJob[]> {
  const rows = await db.selectFrom('live_jobs').select('summary').execute();
  return rows.map(({ summary }) => JSON.parse(summary) as LiveJob);
}
