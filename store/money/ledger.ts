import { type ExpressionBuilder, type Selectable, sql } from 'kysely';
import type { CallResult } from '../../contracts/model-call.ts';
import type { LedgerRow, Price, Usage } from '../../contracts/money.ts';
import { countCall, latency } from '../../core/journal/counts.ts';
import type { Db, Schema } from '../database/schema.ts';
import { addCounts } from '../jobs/counters.ts';

/*
 * What holds here, whatever is killed or repeated:
 * 1. A call has one row, by its call_id: it is reserved before it is made.
 * 2. A row leaves `reserved` once. Whoever ends it again is told how it ended, and changes nothing.
 * 3. `released` alone may be reserved again: it was not made. What was `settled` or `estimated` is never made again.
 * 4. The answer is stored in the update that settles the row: a settled call can always be answered from it.
 * 5. A row that was cut off while `reserved` costs its whole reservation, unless what it used is known.
 * 6. Counters of the metrics change in the transaction that ends the row, so each call counts once.
 */

/** What is known of a model call before it is made. */
export type CallStart = Omit<LedgerRow, 'status' | 'cost_usd' | 'usage' | 'created_at' | 'settled_at'>;

/** A row of the ledger with what the call's activity returned, once it is settled. */
export interface LedgerCall {
  row: LedgerRow;
  answer: CallResult | null;
}

/**
 * Reserves a call. `begun`: nobody has made it, go ahead (also for one that was `released`). Otherwise the row
 * as it stands: `settled` has the answer to return again; `reserved` was cut off in the middle, and its caller
 * turns it to `estimated`.
 */
export async function beginCall(db: Db, start: CallStart): Promise<LedgerCall & { begun: boolean }> {
  return await db.transaction().execute(async (transaction) => {
    const fresh = { ...reservation(start), created_at: new Date().toISOString() };
    const inserted = await transaction
      .insertInto('ledger')
      .values({ ...fresh, call_id: start.call_id })
      .onConflict((conflict) => conflict.column('call_id').doNothing())
      .returningAll()
      .executeTakeFirst();
    if (inserted) return { begun: true, ...fromRow(inserted) };
    const revived = await transaction
      .updateTable('ledger')
      .set(reservation(start))
      .where('call_id', '=', start.call_id)
      .where('status', '=', 'released')
      .returningAll()
      .executeTakeFirst();
    if (revived) return { begun: true, ...fromRow(revived) };
    const found = await transaction
      .selectFrom('ledger')
      .selectAll()
      .where('call_id', '=', start.call_id)
      .executeTakeFirstOrThrow();
    return { begun: false, ...fromRow(found) };
  });
}

/**
 * Ends a reserved call with its usage and cost, and keeps what its activity returns. Gives the call as it stands then: one
 * that had ended before is not changed. Null when there is no such call.
 * @param end.estimated the usage is not the provider's own: its cost is the reservation at most
 */
export async function settleCall(
  db: Db,
  call_id: string,
  end: { usage: Usage | null; cost_usd: number; answer: CallResult; seconds?: number; estimated?: boolean },
): Promise<LedgerCall | null> {
  return await endCall(db, call_id, {
    status: end.estimated ? 'estimated' : 'settled',
    ...(end.seconds === undefined ? {} : { seconds: end.seconds }),
    cost_usd: end.cost_usd,
    usage: end.usage && JSON.stringify(end.usage),
    answer: JSON.stringify(end.answer),
  });
}

/** Ends a reserved call that the provider did not do; it cost nothing. Answers like {@link settleCall}. */
export async function releaseCall(db: Db, call_id: string): Promise<LedgerCall | null> {
  return await endCall(db, call_id, { status: 'released', cost_usd: 0 });
}

/**
 * Ends a reserved call whose answer was lost: the whole reservation counts as its cost, or what it can have cost, where
 * that is known. Answers like {@link settleCall}.
 */
export async function estimateCall(
  db: Db,
  call_id: string,
  known: { usage: Usage; cost_usd: number } | null = null,
): Promise<LedgerCall | null> {
  if (!known) return await endCall(db, call_id, { status: 'estimated', cost_usd: 'reserved' });
  const { usage, cost_usd } = known;
  return await endCall(db, call_id, { status: 'estimated', cost_usd, usage: JSON.stringify(usage) });
}

/**
 * What all calls of a lease cost: those that are still open are ended like {@link estimateCall}. A call without a
 * lease is one by itself, under its own id. A lease that is the whole budget of a delegated job has that job's id.
 */
export async function closeLease(db: Db, lease_id: string): Promise<{ cost_usd: number }> {
  const calls = await db
    .selectFrom('ledger')
    .select('call_id')
    .where((e) => e.or([e('lease_id', '=', lease_id), e('call_id', '=', lease_id), ofJob(e, lease_id)]))
    .execute();
  let cost_usd = 0;
  for (const { call_id } of calls) cost_usd += (await estimateCall(db, call_id))?.row.cost_usd ?? 0;
  return { cost_usd };
}

/** A call, or null. */
export async function getCall(db: Db, call_id: string): Promise<LedgerCall | null> {
  const row = await db.selectFrom('ledger').selectAll().where('call_id', '=', call_id).executeTakeFirst();
  return row ? fromRow(row) : null;
}

/** All calls of a job and of what it delegated, oldest first. */
export async function readLedger(db: Db, job_id: string): Promise<LedgerRow[]> {
  const rows = await db
    .selectFrom('ledger')
    .selectAll()
    .where((e) => ofJob(e, job_id))
    .orderBy('created_at')
    .orderBy('call_id')
    .execute();
  return rows.map((row) => fromRow(row).row);
}

/** Rows of a job and of the jobs that it delegated to, see `delegatedJobId`. */
function ofJob(e: ExpressionBuilder<Schema, 'ledger'>, job_id: string) {
  const prefix = `${job_id.replaceAll('_', '\\_')}.%`;
  return e.or([e('job_id', '=', job_id), sql<boolean>`job_id like ${prefix} escape '\\'`]);
}

interface CallEnd {
  status: 'settled' | 'released' | 'estimated';
  cost_usd: number | 'reserved';
  usage?: string | null;
  answer?: string;
  /** how long the model took, for the metrics */
  seconds?: number;
}

async function endCall(db: Db, call_id: string, end: CallEnd): Promise<LedgerCall | null> {
  const { cost_usd, seconds, ...rest } = end;
  const ended = await db.transaction().execute(async (transaction) => {
    const changed = await transaction
      .updateTable('ledger')
      .set((e) => ({
        ...rest,
        cost_usd: cost_usd === 'reserved' ? e.ref('reserved_usd') : cost_usd,
        settled_at: new Date().toISOString(),
      }))
      .where('call_id', '=', call_id)
      .where('status', '=', 'reserved')
      .returningAll()
      .executeTakeFirst();
    if (!changed) return null;
    const call = fromRow(changed);
    const took = seconds === undefined ? [] : latency('model_call', seconds);
    await addCounts(transaction, [...countCall(call.row), ...took]);
    return call;
  });
  return ended ?? (await getCall(db, call_id));
}

function reservation({ call_id: _, price, ...start }: CallStart) {
  return {
    ...start,
    price: price && JSON.stringify(price),
    status: 'reserved',
    cost_usd: 0,
    usage: null,
    settled_at: null,
    answer: null,
  };
}

function fromRow({ answer, usage, price, ...row }: Selectable<Schema['ledger']>): LedgerCall {
  return {
    row: {
      ...row,
      purpose: row.purpose as LedgerRow['purpose'],
      provider: row.provider as LedgerRow['provider'],
      status: row.status as LedgerRow['status'],
      usage: usage === null ? null : (JSON.parse(usage) as Usage),
      price: price === null ? null : (JSON.parse(price) as Price),
    },
    answer: answer === null ? null : (JSON.parse(answer) as CallResult),
  };
}
