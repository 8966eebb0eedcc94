import { lockJob, storable } from '../database/database.ts';
import type { Db, Schema } from '../database/schema.ts';
import { removeJobs } from './jobs.ts';

/** That a job was deleted. `erased_at` is null while the deletion is under way. */
export type Tombstone = Schema['tombstones'];

/** Marks a job as deleted, and gives its tombstone; one that stands already stays as it is. */
export async function putTombstone(db: Db, job_id: string, owner: string): Promise<Tombstone> {
  return await db.transaction().execute(async (transaction) => {
    await lockJob(transaction, job_id);
    await transaction
      .insertInto('tombstones')
      .values({ job_id, owner, deleted_at: new Date().toISOString(), erased_at: null })
      .onConflict((conflict) => conflict.column('job_id').doNothing())
      .execute();
    await removeJobs(transaction, [job_id]);
    return await transaction
      .selectFrom('tombstones')
      .selectAll()
      .where('job_id', '=', job_id)
      .executeTakeFirstOrThrow();
  });
}

/** The tombstone of a job, or null. */
export async function getTombstone(db: Db, job_id: string): Promise<Tombstone | null> {
  const row = await db
    .selectFrom('tombstones')
    .selectAll()
    .where('job_id', '=', storable(job_id))
    .executeTakeFirst();
  return row ?? null;
}

/** Says that everything of the job is gone. Repeating it changes nothing. */
export async function markErased(db: Db, job_id: string): Promise<void> {
  await db
    .updateTable('tombstones')
    .set({ erased_at: new Date().toISOString() })
    .where('job_id', '=', job_id)
    .where('erased_at', 'is', null)
    .execute();
}

/** Deletions that are not finished, oldest first. */
export async function listUnfinishedDeletions(db: Db, limit = 1000): Promise<Tombstone[]> {
  return await db
    .selectFrom('tombstones')
    .selectAll()
    .where('erased_at', 'is', null)
    .orderBy('deleted_at')
    .limit(limit)
    .execute();
}

/** Which of these jobs were deleted. */
export async function deletedAmong(db: Db, job_ids: readonly string[]): Promise<Set<string>> {
  if (job_ids.length === 0) return new Set();
  const rows = await db.selectFrom('tombstones').select('job_id').where('job_id', 'in', job_ids).execute();
  return new Set(rows.map((row) => row.job_id));
}
