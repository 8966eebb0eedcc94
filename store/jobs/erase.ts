import type { Contents } from '../content/contents.ts';
import { payloadHolder } from '../content/refs.ts';
import { lockJob } from '../database/database.ts';
import type { Db } from '../database/schema.ts';
import { removeJobs } from './jobs.ts';

/**
 * Removes everything of a stopped job: archive, events, deliveries of webhooks, callbacks, what was pushed, contents, and
 * the answers in its ledger rows.
 * The rows themselves and the tombstone stay. May be repeated.
 */
export async function eraseJob(db: Db, contents: Contents, job_id: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await lockJob(transaction, job_id);
    await transaction.deleteFrom('archive').where('job_id', '=', job_id).execute();
    await transaction.deleteFrom('events').where('job_id', '=', job_id).execute();
    await transaction.deleteFrom('webhook_deliveries').where('job_id', '=', job_id).execute();
    await transaction.deleteFrom('webhook_endpoints').where('job_id', '=', job_id).execute();
    await removeJobs(transaction, [job_id]);
    await transaction.deleteFrom('callbacks').where('job_id', '=', job_id).execute();
    await transaction.deleteFrom('pushed_bundles').where('job_id', '=', job_id).execute();
    await transaction.updateTable('ledger').set({ answer: null }).where('job_id', '=', job_id).execute();
  });
  await contents.dropContents(payloadHolder(job_id));
  await contents.dropContents(job_id);
}
