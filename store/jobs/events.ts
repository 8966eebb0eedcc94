import type { JobEvent } from '../../contracts/event.ts';
import { lockJob } from '../database/database.ts';
import type { Db } from '../database/schema.ts';
import { type Outbox, putOutbox } from '../webhooks/outbox.ts';
import { deletedAmong } from './tombstones.ts';

/** An event with its place in the feed over all jobs. */
export interface FeedEntry {
  position: number;
  owner: string;
  event: JobEvent;
}

/**
 * Writes events of one owner's jobs; gives those that were new. Events that are there already are left as they are, so
 * it may be repeated; those of deleted jobs are dropped.
 * @param outbox what is to be sent of them to addresses outside
 * @param beside what is to be written with the new ones, or not at all, in the same transaction
 */
export async function appendEvents(
  db: Db,
  owner: string,
  events: readonly JobEvent[],
  outbox?: Outbox,
  beside?: (transaction: Db, written: readonly JobEvent[]) => Promise<void>,
): Promise<JobEvent[]> {
  if (events.length === 0) return [];
  return await db.transaction().execute(async (transaction) => {
    const jobs = [...new Set(events.map((event) => event.job_id))].sort();
    for (const job of jobs) await lockJob(transaction, job);
    const deleted = await deletedAmong(transaction, jobs);
    const kept = events.filter((event) => !deleted.has(event.job_id));
    if (kept.length === 0) return [];
    const first = await takePositions(transaction, kept.length);
    const rows = kept.map((event, index) => ({
      job_id: event.job_id,
      seq: event.seq,
      owner,
      position: first + index,
      at: event.at,
      type: event.type,
      json: JSON.stringify(event),
    }));
    const positions = new Set<number>();
    for (let start = 0; start < rows.length; start += ROWS_AN_INSERT) {
      const inserted = await transaction
        .insertInto('events')
        .values(rows.slice(start, start + ROWS_AN_INSERT))
        .onConflict((conflict) => conflict.columns(['job_id', 'seq']).doNothing())
        .returning('position')
        .execute();
      for (const { position } of inserted) positions.add(position);
    }
    const written = kept.filter((_, index) => positions.has(first + index));
    if (written.length > 0) await beside?.(transaction, written);
    if (!outbox) return written;
    const places = new Map(rows.map(({ job_id, seq, position }) => [`${job_id}/${seq}`, position]));
    await putOutbox(transaction, owner, outbox, (job_id, seq) => places.get(`${job_id}/${seq}`));
    return written;
  });
}

/** A job's events with `seq` > `after`, in order, at most `limit`. */
export async function readEvents(db: Db, job_id: string, after: number, limit: number): Promise<JobEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select('json')
    .where('job_id', '=', job_id)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => JSON.parse(row.json) as JobEvent);
}

/** A job's events of these types, in order. */
export async function readEventsOfTypes(
  db: Db,
  job_id: string,
  types: readonly string[],
): Promise<JobEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select('json')
    .where('job_id', '=', job_id)
    .where('type', 'in', types)
    .orderBy('seq')
    .execute();
  return rows.map((row) => JSON.parse(row.json) as JobEvent);
}

/**
 * Events of all jobs of `owner` (null: of everybody) with `position` > `after_position`, in order, at most
 * `limit`. Positions may have gaps, but nothing ever appears below one that was read.
 */
export async function readFeed(
  db: Db,
  query: { owner: string | null; after_position: number; limit: number },
): Promise<FeedEntry[]> {
  let select = db
    .selectFrom('events')
    .select(['position', 'owner', 'json'])
    .where('position', '>', query.after_position)
    .orderBy('position')
    .limit(query.limit);
  if (query.owner !== null) select = select.where('owner', '=', query.owner);
  const rows = await select.execute();
  return rows.map(({ position, owner, json }) => ({ position, owner, event: JSON.parse(json) as JobEvent }));
}

/** The latest events of all jobs of `owner` (null: of everybody), in order, at most `limit`. */
export async function readFeedEnd(
  db: Db,
  query: { owner: string | null; limit: number },
): Promise<FeedEntry[]> {
  let select = db
    .selectFrom('events')
    .select(['position', 'owner', 'json'])
    .orderBy('position', 'desc')
    .limit(query.limit);
  if (query.owner !== null) select = select.where('owner', '=', query.owner);
  const rows = await select.execute();
  return rows
    .map(({ position, owner, json }) => ({ position, owner, event: JSON.parse(json) as JobEvent }))
    .reverse();
}

/** The last position of the feed; 0 when nothing was ever written. */
export async function lastPosition(db: Db): Promise<number> {
  const row = await db.selectFrom('feed').select('last_position').where('id', '=', 1).executeTakeFirst();
  return row?.last_position ?? 0;
}

/** The lowest `seq` that is stored of a job; null without any. */
export async function firstSeq(db: Db, job_id: string): Promise<number | null> {
  const row = await db
    .selectFrom('events')
    .select((e) => e.fn.min('seq').as('seq'))
    .where('job_id', '=', job_id)
    .executeTakeFirst();
  return row?.seq ?? null;
}

/** The highest `seq` that is stored of a job; null without any. */
export async function lastSeq(db: Db, job_id: string): Promise<number | null> {
  const row = await db
    .selectFrom('events')
    .select((e) => e.fn.max('seq').as('seq'))
    .where('job_id', '=', job_id)
    .executeTakeFirst();
  return row?.seq ?? null;
}

/** SQLite takes 32,766 parameters a statement; a row has 7. */
const ROWS_AN_INSERT = 1000;

/**
 * The first of `count` positions. The counter's row stays locked until the commit, so positions become visible
 * in their order: a sequence would let a later one be read before an earlier one is committed.
 */
async function takePositions(transaction: Db, count: number): Promise<number> {
  const { last_position } = await transaction
    .updateTable('feed')
    .set((e) => ({ last_position: e('last_position', '+', count) }))
    .where('id', '=', 1)
    .returning('last_position')
    .executeTakeFirstOrThrow();
  return last_position - count + 1;
}
