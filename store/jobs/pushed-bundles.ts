import { lockJob, storable } from '../database/database.ts';
import type { Db, Schema } from '../database/schema.ts';
import { deletedAmong } from './tombstones.ts';

/** A bundle of git that was put for a task. */
export type PushedBundle = Schema['pushed_bundles'];

/** Notes what was put last for a task. Does nothing and gives false when the job was deleted. */
export async function putPushed(db: Db, pushed: Omit<PushedBundle, 'put_at'>): Promise<boolean> {
  const { job_id, task_id, sha256, size_bytes, attempt } = pushed;
  const actor = storable(pushed.actor);
  const rest = { sha256, size_bytes, actor, attempt, put_at: new Date().toISOString() };
  return await db.transaction().execute(async (transaction) => {
    await lockJob(transaction, job_id);
    if ((await deletedAmong(transaction, [job_id])).size > 0) return false;
    await transaction
      .insertInto('pushed_bundles')
      .values({ job_id, task_id, ...rest })
      .onConflict((conflict) => conflict.columns(['job_id', 'task_id']).doUpdateSet(rest))
      .execute();
    return true;
  });
}

/** What was put last for a task, or null. */
export async function latestPushed(db: Db, job_id: string, task_id: string): Promise<PushedBundle | null> {
  const row = await db
    .selectFrom('pushed_bundles')
    .selectAll()
    .where('job_id', '=', job_id)
    .where('task_id', '=', task_id)
    .executeTakeFirst();
  return row ? { ...row, size_bytes: Number(row.size_bytes) } : null;
}
