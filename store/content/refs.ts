import { isPostgres } from '../database/database.ts';
import type { Db } from '../database/schema.ts';
import type { ContentDisk } from './disk.ts';

/**
 * Counting references, so that putting and deleting the same content at once never loses it:
 * 1. Whoever changes the references of a content holds its row of `contents` until the commit.
 * 2. A file is written only after a reference to it is committed.
 * 3. A file is removed only while its row is held and no reference is left.
 */

/** Makes a job hold a content. */
export async function takeRef(
  db: Db,
  job_id: string,
  content: { sha256: string; size_bytes: number },
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    // An update that changes nothing, because doing nothing would not lock the row.
    await transaction
      .insertInto('contents')
      .values(content)
      .onConflict((conflict) => conflict.column('sha256').doUpdateSet({ size_bytes: content.size_bytes }))
      .execute();
    await transaction
      .insertInto('content_refs')
      .values({ job_id, sha256: content.sha256 })
      .onConflict((conflict) => conflict.columns(['job_id', 'sha256']).doNothing())
      .execute();
  });
}

/** Who holds what the histories of a job refer to: it may go before the job's own contents do. */
export const payloadHolder = (job_id: string): string => `${PAYLOADS}${job_id}`;

/** No job has such an id. */
const PAYLOADS = 'payloads/';

/** Jobs of which something stands so, in the order of their ids, after the given one. */
export async function jobsWithPayloads(db: Db, after: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('content_refs')
    .select('job_id')
    .distinct()
    .where('job_id', '>', payloadHolder(after))
    // the character after the slash
    .where('job_id', '<', PAYLOADS.replace('/', '0'))
    // an order that is not that of bytes may put others between
    .where('job_id', 'like', `${PAYLOADS}%`)
    .orderBy('job_id')
    .limit(limit)
    .execute();
  return rows.map(({ job_id }) => job_id.slice(PAYLOADS.length));
}

/** Lets go of all that a job holds and removes what nobody holds any more. */
export async function dropRefs(db: Db, disk: ContentDisk, job_id: string): Promise<void> {
  for (;;) {
    const refs = await db
      .selectFrom('content_refs')
      .select('sha256')
      .where('job_id', '=', job_id)
      .limit(REFS_A_TRANSACTION)
      .execute();
    if (refs.length === 0) return;
    await dropSome(
      db,
      disk,
      job_id,
      refs.map((ref) => ref.sha256),
    );
  }
}

/** Few, because SQLite lets nobody else write meanwhile. */
const REFS_A_TRANSACTION = 50;

async function dropSome(db: Db, disk: ContentDisk, job_id: string, hashes: string[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    if (isPostgres(transaction)) {
      // In one order, or two deletions could wait for each other. A statement of its own, because only the
      // next one sees the references that were committed while this one waited.
      await transaction
        .selectFrom('contents')
        .select('sha256')
        .where('sha256', 'in', hashes)
        .orderBy('sha256')
        .forUpdate()
        .execute();
    }
    await transaction
      .deleteFrom('content_refs')
      .where('job_id', '=', job_id)
      .where('sha256', 'in', hashes)
      .execute();
    const unused = await transaction
      .deleteFrom('contents')
      .where('sha256', 'in', hashes)
      .where('sha256', 'not in', (e) =>
        e.selectFrom('content_refs').select('content_refs.sha256').where('content_refs.sha256', 'in', hashes),
      )
      .returning('sha256')
      .execute();
    await Promise.all(unused.map(({ sha256 }) => disk.remove(sha256)));
  });
}
