import type { EventType } from '../../contracts/event.ts';
import type { Db } from '../database/schema.ts';

/** An address that events are sent to. */
export interface WebhookEndpoint {
  /** the same for the same address of the same job, or of the same entry of the configuration */
  endpoint_id: string;
  source: 'job' | 'owner';
  job_id: string | null;
  url: string;
  /** `${secret:NAME}`; null: the owner's */
  secret: string | null;
}

/** What is to be sent of a batch of events: written together with them, so that none is missed. */
export interface Outbox {
  endpoints: WebhookEndpoint[];
  deliveries: { delivery_id: string; endpoint_id: string; job_id: string; seq: number; type: EventType }[];
  now: string;
  give_up_at: string;
}

/**
 * Writes the deliveries of events that are written in the same transaction; those that are there are left as they are.
 * Nothing is sent to an address that is gone, except what is explicitly resent.
 * @param positionOf the place of an event in the feed
 */
export async function putOutbox(
  transaction: Db,
  owner: string,
  { endpoints, deliveries, now, give_up_at }: Outbox,
  positionOf: (job_id: string, seq: number) => number | undefined,
): Promise<void> {
  const gone = new Set<string>();
  for (const endpoint of endpoints) {
    const { url, secret } = endpoint;
    const { gone_at } = await transaction
      .insertInto('webhook_endpoints')
      .values({ ...endpoint, failures: 0, held_until: null, gone_at: null })
      .onConflict((conflict) => conflict.column('endpoint_id').doUpdateSet({ url, secret }))
      .returning('gone_at')
      .executeTakeFirstOrThrow();
    if (gone_at !== null) gone.add(endpoint.endpoint_id);
  }
  const rows = deliveries.flatMap((delivery) => {
    const position = positionOf(delivery.job_id, delivery.seq);
    if (position === undefined) return [];
    const isGone = gone.has(delivery.endpoint_id);
    return {
      ...delivery,
      owner,
      position,
      status: isGone ? 'gone' : 'pending',
      attempts: 0,
      status_code: null,
      error: isGone ? 'The address answered 410 before: it is gone.' : null,
      created_at: now,
      last_attempt_at: null,
      next_attempt_at: isGone ? null : now,
      delivered_at: null,
      give_up_at,
    };
  });
  for (let start = 0; start < rows.length; start += ROWS_AN_INSERT) {
    await transaction
      .insertInto('webhook_deliveries')
      .values(rows.slice(start, start + ROWS_AN_INSERT))
      .onConflict((conflict) => conflict.column('delivery_id').doNothing())
      .execute();
  }
}

/** SQLite takes 32,766 parameters a statement; a row has 16. */
const ROWS_AN_INSERT = 1000;
