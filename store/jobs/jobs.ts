import { sql } from 'kysely';
import type { JobHead, LiveNews } from '../../contracts/telemetry.ts';
import type { JobListItem, Stats } from '../../contracts/view.ts';
import { stats } from '../../core/journal/stats.ts';
import type { Db } from '../database/schema.ts';
import { closedRow, columnsOf, ITEM_COLUMNS, openRow, toItem } from './rows.ts';

/*
 * Writers of the list of jobs. A row tells how its job stood at the event `seq`, so that news which come late or twice
 * change nothing; and once the job is in the archive, only the archive changes it.
 */

/** What a live job looked like at an event of its journal. */
export interface JobStanding extends Pick<JobListItem, 'job_id' | 'status' | 'finished_at' | 'reason'> {
  seq: number;
}

/** Puts jobs into the list that are to be started, or run without standing there. Gives the ids of those that were new. */
export async function addJobs(db: Db, jobs: readonly JobListItem[]): Promise<string[]> {
  if (jobs.length === 0) return [];
  const added = await db
    .insertInto('jobs')
    .values(jobs.map((job) => openRow(job)))
    .onConflict((conflict) => conflict.column('job_id').doNothing())
    .returning('job_id')
    .execute();
  return added.map(({ job_id }) => job_id);
}

/** Removes a job that was not started after all from the list; one whose workflow exists stays. */
export async function dropUnstarted(db: Db, job_id: string): Promise<void> {
  await db
    .deleteFrom('jobs')
    .where('job_id', '=', job_id)
    .where('seq', '=', 0)
    .where('archived', '=', 0)
    .execute();
}

/** Takes jobs out of the list that are gone, and what was kept of them for gauges. */
export async function removeJobs(db: Db, job_ids: readonly string[]): Promise<void> {
  if (job_ids.length === 0) return;
  await db.deleteFrom('jobs').where('job_id', 'in', job_ids).execute();
  await db.deleteFrom('live_jobs').where('job_id', 'in', job_ids).execute();
}

/** Says how a live job stands, where a reader of it knows that before its journal is written. */
export async function noteStanding(db: Db, { job_id, seq, ...standing }: JobStanding): Promise<void> {
  await db
    .updateTable('jobs')
    .set({ seq, ...columnsOf(standing) })
    .where('job_id', '=', job_id)
    .where('seq', '<=', seq)
    .where('archived', '=', 0)
    .execute();
}

/** Brings the row up to what a batch of the journal says, in its transaction; `seq` is of the batch's last event. */
export async function followJournal(
  transaction: Db,
  job: {
    job_id: string;
    owner: string;
    seq: number;
    head?: JobHead | undefined;
    live?: LiveNews | undefined;
  },
): Promise<void> {
  const { job_id, owner, head, live } = job;
  const seq = live?.seq ?? job.seq;
  const now = live && {
    status: live.status,
    stats: statsOf(live.tasks),
    budget: live.budget,
    team: live.team,
    finished_at: live.finished_at ?? null,
    reason: live.reason ?? null,
  };
  const { numUpdatedRows } = await transaction
    .updateTable('jobs')
    .set({ seq, ...(now && columnsOf(now)) })
    .where('job_id', '=', job_id)
    .where('seq', '<=', seq)
    .where('archived', '=', 0)
    .executeTakeFirstOrThrow();
  // a job that another one started, or whose row was lost, is put there by its first events
  if (numUpdatedRows > 0n || !head || !now?.budget) return;
  const item = { job_id, owner, ...head, ...now, budget: now.budget };
  await transaction
    .insertInto('jobs')
    .values(openRow(item, seq))
    .onConflict((conflict) => conflict.column('job_id').doNothing())
    .execute();
}

/** The row of a job that is now in the archive, in the transaction that puts it there. */
export async function closeJob(transaction: Db, item: JobListItem): Promise<void> {
  const { seq: _, ...row } = closedRow(item);
  await transaction
    .insertInto('jobs')
    .values({ ...row, seq: 0 })
    .onConflict((conflict) => conflict.column('job_id').doUpdateSet(row))
    .execute();
}

/** The row of a job that was taken out of the archive, in the transaction that does so: it goes on as `status`. */
export async function reopenJob(transaction: Db, job_id: string, status: string): Promise<void> {
  await transaction
    .updateTable('jobs')
    .set({ archived: 0, status, finished_at: null, partial: 0, active_seconds: null, reason: null })
    .where('job_id', '=', job_id)
    .execute();
}

/** Jobs that are in the archive and not so in the list, among these: a process of an earlier version wrote them. */
export async function closeArchived(db: Db, job_ids: readonly string[]): Promise<void> {
  if (job_ids.length === 0) return;
  const rows = await db
    .selectFrom('archive')
    .select('list_item')
    .where('job_id', 'in', job_ids)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('jobs')
            .select('job_id')
            .whereRef('jobs.job_id', '=', 'archive.job_id')
            .where('archived', '=', 1),
        ),
      ),
    )
    .execute();
  for (const { list_item } of rows) await closeJob(db, JSON.parse(list_item) as JobListItem);
}

/** Takes out of the list what was deleted since that time, by whichever version. */
export async function dropDeleted(db: Db, since: string): Promise<void> {
  await db
    .deleteFrom('jobs')
    .where('job_id', 'in', (from) =>
      from.selectFrom('tombstones').select('job_id').where('deleted_at', '>=', since),
    )
    .execute();
}

/** Jobs of `owner` (null: of everybody) that have not ended. */
export async function openJobs(db: Db, owner: string | null): Promise<JobListItem[]> {
  let select = db.selectFrom('jobs').select(ITEM_COLUMNS).where(sql<boolean>`archived = 0`);
  if (owner !== null) select = select.where('owner', '=', owner);
  return (await select.execute()).map(toItem);
}

/** Which of these jobs are in the list. */
export async function listedAmong(db: Db, job_ids: readonly string[]): Promise<Set<string>> {
  if (job_ids.length === 0) return new Set();
  const rows = await db.selectFrom('jobs').select('job_id').where('job_id', 'in', job_ids).execute();
  return new Set(rows.map((row) => row.job_id));
}

/** Ids of jobs that have not ended, as far as the list knows, and were submitted before that time. */
export async function openSince(db: Db, before: string): Promise<string[]> {
  const rows = await db
    .selectFrom('jobs')
    .select('job_id')
    .where(sql<boolean>`archived = 0`)
    .where('created_at', '<', before)
    .execute();
  return rows.map(({ job_id }) => job_id);
}

const statsOf = (tasks: LiveNews['tasks']): Stats =>
  stats(
    Object.entries(tasks).flatMap(([status, count]) =>
      Array.from({ length: count }, () => ({ status: status as keyof LiveNews['tasks'] })),
    ),
  );
