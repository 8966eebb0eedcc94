import { type RawBuilder, sql } from 'kysely';
import type { UsageGroup, UsageRow } from '../../contracts/usage.ts';
import { roundUsd } from '../../core/money/cost.ts';
import { isPostgres } from '../database/database.ts';
import type { Db } from '../database/schema.ts';

/** Which rows of the ledger a report is made of. */
export interface UsageQuery {
  /** null: of everybody */
  owner: string | null;
  group_by: UsageGroup;
  /** ISO times of {@link Date.toISOString}: calls that began at `from` or later, and before `to` */
  from?: string | undefined;
  to?: string | undefined;
}

/**
 * Sums of the model calls of all jobs of an owner (null: of everybody), open, closed and deleted ones. Released calls were not made and
 * do not count. By job the oldest is first; else by name or day.
 */
export async function readUsage(db: Db, query: UsageQuery): Promise<UsageRow[]> {
  const { owner, from, to } = query;
  const key = GROUPS[query.group_by];
  const counted = (status: string) => sql<number>`count(case when l.status = ${status} then 1 end)`;
  const usd = (status: string, column: 'cost_usd' | 'reserved_usd') =>
    sql<number>`coalesce(sum(case when l.status = ${status} then ${sql.ref(`l.${column}`)} end), 0)`;
  let rows = db.selectFrom('ledger as l').where('l.status', '<>', 'released');
  // a job of this owner has left its first event, its row in the archive or its tombstone
  if (owner !== null) {
    rows = rows.where((e) =>
      e.or([
        e.exists(
          e
            .selectFrom('events as o')
            .select('o.job_id')
            .whereRef('o.job_id', '=', 'l.job_id')
            .where('o.seq', '=', 1)
            .where('o.owner', '=', owner),
        ),
        e.exists(
          e
            .selectFrom('archive as o')
            .select('o.job_id')
            .whereRef('o.job_id', '=', 'l.job_id')
            .where('o.owner', '=', owner),
        ),
        e.exists(
          e
            .selectFrom('tombstones as o')
            .select('o.job_id')
            .whereRef('o.job_id', '=', 'l.job_id')
            .where('o.owner', '=', owner),
        ),
      ]),
    );
  }
  if (from !== undefined) rows = rows.where('l.created_at', '>=', from);
  if (to !== undefined) rows = rows.where('l.created_at', '<', to);
  const found = await rows
    .select([
      key.as('key'),
      counted('settled').as('calls'),
      tokens(db, 'input_tokens').as('input_tokens'),
      tokens(db, 'output_tokens').as('output_tokens'),
      tokens(db, 'cache_read_tokens').as('cache_read_tokens'),
      tokens(db, 'cache_write_tokens').as('cache_write_tokens'),
      usd('settled', 'cost_usd').as('cost_usd'),
      sql<number>`count(case when l.status = 'settled' and l.price is null then 1 end)`.as('unpriced_calls'),
      counted('estimated').as('estimated_calls'),
      usd('estimated', 'cost_usd').as('estimated_cost_usd'),
      counted('reserved').as('open_calls'),
      usd('reserved', 'reserved_usd').as('reserved_usd'),
    ])
    .groupBy(key)
    .orderBy(query.group_by === 'job' ? sql`min(l.created_at)` : key)
    .orderBy(key)
    .execute();
  return found.map((row) => ({
    ...row,
    cost_usd: roundUsd(row.cost_usd),
    estimated_cost_usd: roundUsd(row.estimated_cost_usd),
    reserved_usd: roundUsd(row.reserved_usd),
  }));
}

const GROUPS: Record<UsageGroup, RawBuilder<string | null>> = {
  job: sql<string>`l.job_id`,
  agent: sql<string | null>`l.agent`,
  model: sql<string>`l.provider || '/' || l.model`,
  day: sql<string>`substr(l.created_at, 1, 10)`,
};

type TokenField = 'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_write_tokens';

/** Sum of one kind of tokens; the usage is JSON text, and null for calls whose end is not known. */
function tokens(db: Db, field: TokenField): RawBuilder<number> {
  const value = isPostgres(db)
    ? sql`(l.usage::json ->> ${sql.lit(field)})::bigint`
    : sql`json_extract(l.usage, ${sql.lit(`$.${field}`)})`;
  // PostgreSQL sums bigint as numeric, which comes as text; double precision is exact far beyond any sum of tokens
  return isPostgres(db)
    ? sql<number>`coalesce(sum(${value}), 0)::double precision`
    : sql<number>`coalesce(sum(${value}), 0)`;
}
