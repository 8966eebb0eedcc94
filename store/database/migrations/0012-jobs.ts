import { type Kysely, sql } from 'kysely';
import type { JobListItem } from '../../../contracts/view.ts';
import { isPostgres, storable } from '../database.ts';
import type { Schema } from '../schema.ts';

/** The list of jobs, open and closed; those of the archive are in it from the beginning. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema
    .createTable('jobs')
    .addColumn('job_id', id, (c) => c.primaryKey())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('search', id, (c) => c.notNull())
    .addColumn('status', id, (c) => c.notNull())
    .addColumn('created_at', id, (c) => c.notNull())
    .addColumn('finished_at', 'text')
    .addColumn('stats', 'text', (c) => c.notNull())
    .addColumn('budget', 'text', (c) => c.notNull())
    .addColumn('face', id)
    .addColumn('origin', 'text')
    .addColumn('strategy', id)
    .addColumn('team', 'text')
    .addColumn('partial', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('active_seconds', 'double precision')
    .addColumn('reason', 'text')
    .addColumn('seq', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('archived', 'integer', (c) => c.notNull().defaultTo(0))
    .execute();
  await fill(db);

  const newest: (keyof Schema['jobs'])[] = ['created_at', 'job_id'];
  const index = (name: string, columns: (keyof Schema['jobs'])[]) =>
    db.schema.createIndex(name).on('jobs').columns(columns);
  await index('jobs_newest', newest).execute();
  await index('jobs_status', ['status', ...newest]).execute();
  await index('jobs_owner', ['owner', ...newest]).execute();
  await index('jobs_owner_status', ['owner', 'status', ...newest]).execute();
  // a search reads this one from its end, and nothing else for what does not match
  await index('jobs_search', [...newest, 'owner', 'status', 'search']).execute();
  const few = (column: 'face' | 'strategy') => sql<boolean>`${sql.ref(column)} is not null`;
  await index('jobs_face', ['face', 'owner', ...newest])
    .where(few('face'))
    .execute();
  await index('jobs_strategy', ['strategy', ...newest])
    .where(few('strategy'))
    .execute();
  await index('jobs_strategy_owner', ['strategy', 'owner', ...newest])
    .where(few('strategy'))
    .execute();
  await index('jobs_open', ['owner', 'job_id']).where(sql<boolean>`archived = 0`).execute();
}

/** Rows that travel together: far fewer parameters than either database takes. */
const AT_ONCE = 500;

async function fill(db: Kysely<Schema>): Promise<void> {
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('archive')
      .select(['job_id', 'list_item'])
      .where('job_id', '>', after)
      .orderBy('job_id')
      .limit(AT_ONCE)
      .execute();
    const last = rows.at(-1);
    if (!last) return;
    await db
      .insertInto('jobs')
      .values(rows.map(({ list_item }) => rowOf(JSON.parse(list_item))))
      .execute();
    after = last.job_id;
  }
}

/** As rows were when the table was new: later columns are none of this. */
function rowOf(item: JobListItem) {
  const { job_id, owner, title, status, created_at, finished_at, stats, budget } = item;
  const { origin, strategy, team, partial, active_seconds, reason } = item;
  return {
    ...{ job_id, owner, status, created_at, finished_at },
    title: storable(title),
    search: storable(`${title} ${job_id}`).normalize('NFC').toLowerCase().slice(0, 400).toWellFormed(),
    stats: JSON.stringify(stats),
    budget: JSON.stringify(budget),
    face: origin?.face ?? null,
    origin: origin ? JSON.stringify(origin) : null,
    strategy: strategy ?? null,
    team: team ? JSON.stringify(team) : null,
    partial: partial ? 1 : 0,
    active_seconds: active_seconds ?? null,
    reason: reason ? storable(reason) : null,
    seq: 0,
    archived: 1,
  };
}
