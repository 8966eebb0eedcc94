import type { DeliveryStatus, WebhookDelivery } from '../../contracts/webhook.ts';
import type { Db, Schema } from '../database/schema.ts';

/** A delivery as it is kept. */
export type StoredDelivery = Schema['webhook_deliveries'];
/** An address, and how it is. */
export type StoredEndpoint = Schema['webhook_endpoints'];

/** The address of that id, or null. */
export async function readEndpoint(db: Db, endpoint_id: string): Promise<StoredEndpoint | null> {
  const row = await db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('endpoint_id', '=', endpoint_id)
    .executeTakeFirst();
  return row ?? null;
}

/** What is to be sent to an address now: the earliest event of those whose time has come. Null: nothing. */
export async function dueDelivery(db: Db, endpoint_id: string, now: string): Promise<StoredDelivery | null> {
  const row = await db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('endpoint_id', '=', endpoint_id)
    .where('status', '=', 'pending')
    .where('next_attempt_at', '<=', now)
    .orderBy('position')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** When something is to be sent to an address next; null when nothing is left. */
export async function nextTry(db: Db, endpoint_id: string): Promise<string | null> {
  const { next } = await db
    .selectFrom('webhook_deliveries')
    .select((e) => e.fn.min('next_attempt_at').as('next'))
    .where('endpoint_id', '=', endpoint_id)
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow();
  const held = (await readEndpoint(db, endpoint_id))?.held_until ?? null;
  return next !== null && held !== null && held > next ? held : next;
}

/**
 * A delivery was taken: its address is there.
 * @param wasAway what waits for the address is due now, in its order
 */
export async function settleDelivered(
  db: Db,
  { delivery_id, endpoint_id }: StoredDelivery,
  done: { status_code: number; now: string; wasAway: boolean },
): Promise<void> {
  const { status_code, now, wasAway } = done;
  await db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('webhook_deliveries')
      .set((e) => ({
        status: 'delivered',
        attempts: e('attempts', '+', 1),
        status_code,
        error: null,
        last_attempt_at: now,
        next_attempt_at: null,
        delivered_at: now,
      }))
      .where('delivery_id', '=', delivery_id)
      .execute();
    await transaction
      .updateTable('webhook_endpoints')
      .set({ failures: 0, held_until: null, gone_at: null })
      .where('endpoint_id', '=', endpoint_id)
      .execute();
    if (!wasAway) return;
    await transaction
      .updateTable('webhook_deliveries')
      .set({ next_attempt_at: now })
      .where('endpoint_id', '=', endpoint_id)
      .where('status', '=', 'pending')
      .execute();
  });
}

/** A try failed. Whatever else for the address is past its time is given up with it. */
export async function settleFailed(
  db: Db,
  { delivery_id, endpoint_id }: StoredDelivery,
  failed: {
    status_code: number | null;
    error: string;
    now: string;
    /** null: given up */
    next_attempt_at: string | null;
    held_until: string;
    failures: number;
  },
): Promise<void> {
  const { status_code, error, now, next_attempt_at, held_until, failures } = failed;
  await db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('webhook_deliveries')
      .set((e) => ({
        status: next_attempt_at === null ? 'dead' : 'pending',
        attempts: e('attempts', '+', 1),
        ...{ status_code, error, next_attempt_at },
        last_attempt_at: now,
      }))
      .where('delivery_id', '=', delivery_id)
      .execute();
    await transaction
      .updateTable('webhook_deliveries')
      .set({ status: 'dead', error, next_attempt_at: null })
      .where('endpoint_id', '=', endpoint_id)
      .where('status', '=', 'pending')
      .where('give_up_at', '<=', now)
      .execute();
    await transaction
      .updateTable('webhook_endpoints')
      .set({ held_until, failures })
      .where('endpoint_id', '=', endpoint_id)
      .execute();
  });
}

/** An address is not to be sent anything any more: what waits for it, and what is yet to come. */
export async function settleGone(
  db: Db,
  endpoint_id: string,
  gone: { error: string; now: string; delivery_id?: string; status_code?: number },
): Promise<void> {
  const { error, now, delivery_id, status_code } = gone;
  await db.transaction().execute(async (transaction) => {
    if (delivery_id !== undefined) {
      await transaction
        .updateTable('webhook_deliveries')
        .set((e) => ({ attempts: e('attempts', '+', 1), status_code, last_attempt_at: now }))
        .where('delivery_id', '=', delivery_id)
        .execute();
      await transaction
        .updateTable('webhook_endpoints')
        .set({ gone_at: now })
        .where('endpoint_id', '=', endpoint_id)
        .execute();
    }
    await transaction
      .updateTable('webhook_deliveries')
      .set({ status: 'gone', error, next_attempt_at: null })
      .where('endpoint_id', '=', endpoint_id)
      .where('status', '=', 'pending')
      .execute();
  });
}

/** The event is not there any more: there is nothing to send. */
export async function dropDelivery(db: Db, delivery_id: string): Promise<void> {
  await db.deleteFrom('webhook_deliveries').where('delivery_id', '=', delivery_id).execute();
}

/** Where a page of the log begins: right after this delivery. */
export interface DeliveryCursor {
  position: number;
  delivery_id: string;
}

/** The deliveries of a job in the order of its events, at most `limit`. */
export async function listDeliveries(
  db: Db,
  job_id: string,
  query: { status?: DeliveryStatus; after?: DeliveryCursor; limit: number },
): Promise<{ delivery: WebhookDelivery; cursor: DeliveryCursor }[]> {
  const { status, after, limit } = query;
  let select = selectDeliveries(db)
    .where('d.job_id', '=', job_id)
    .orderBy('d.position')
    .orderBy('d.delivery_id')
    .limit(limit);
  if (status) select = select.where('d.status', '=', status);
  if (after) {
    select = select.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('d.position', 'd.delivery_id'), '>', tuple(after.position, after.delivery_id)),
    );
  }
  const rows = await select.execute();
  return rows.map(({ position, ...delivery }) => ({
    delivery: delivery as WebhookDelivery,
    cursor: { position, delivery_id: delivery.delivery_id },
  }));
}

/** Queues a delivery again, whatever its outcome, to be tried at once. Null: the job has none with that id. */
export async function resendDelivery(
  db: Db,
  input: { job_id: string; delivery_id: string; now: string; give_up_at: string },
): Promise<{ delivery: WebhookDelivery; endpoint_id: string } | null> {
  const { job_id, delivery_id, now, give_up_at } = input;
  return await db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('webhook_deliveries')
      .set({ status: 'pending', attempts: 0, next_attempt_at: now, delivered_at: null, give_up_at })
      .where('job_id', '=', job_id)
      .where('delivery_id', '=', delivery_id)
      .returning('endpoint_id')
      .executeTakeFirst();
    if (!row) return null;
    const { endpoint_id } = row;
    await transaction
      .updateTable('webhook_endpoints')
      .set({ failures: 0, held_until: null })
      .where('endpoint_id', '=', endpoint_id)
      .execute();
    const { position: _, ...delivery } = await selectDeliveries(transaction)
      .where('d.delivery_id', '=', delivery_id)
      .executeTakeFirstOrThrow();
    return { delivery: delivery as WebhookDelivery, endpoint_id };
  });
}

/** Addresses with deliveries overdue at that time: the notification to send them may have been lost. */
export async function overdueEndpoints(db: Db, by: string): Promise<string[]> {
  const rows = await db
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhook_endpoints as e', 'e.endpoint_id', 'd.endpoint_id')
    .select('d.endpoint_id')
    .distinct()
    .where('d.status', '=', 'pending')
    .where('d.next_attempt_at', '<=', by)
    .where(({ or, eb }) => or([eb('e.held_until', 'is', null), eb('e.held_until', '<=', by)]))
    .execute();
  return rows.map(({ endpoint_id }) => endpoint_id);
}

const selectDeliveries = (db: Db) =>
  db
    .selectFrom('webhook_deliveries as d')
    .innerJoin('webhook_endpoints as e', 'e.endpoint_id', 'd.endpoint_id')
    .select([
      ...(['d.delivery_id', 'd.job_id', 'd.seq', 'd.type', 'e.url', 'e.source', 'd.status'] as const),
      ...(['d.attempts', 'd.status_code', 'd.error', 'd.created_at', 'd.last_attempt_at'] as const),
      ...(['d.next_attempt_at', 'd.delivered_at', 'd.give_up_at', 'd.position'] as const),
    ]);
