import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** What metrics are made of: counters, and what live jobs look like. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema
    .createTable('counters')
    .addColumn('name', id, (c) => c.notNull())
    .addColumn('labels', id, (c) => c.notNull())
    .addColumn('value', 'double precision', (c) => c.notNull())
    .addPrimaryKeyConstraint('counters_pkey', ['name', 'labels'])
    .execute();
  await db.schema
    .createTable('live_jobs')
    .addColumn('job_id', id, (c) => c.primaryKey())
    .addColumn('summary', 'text', (c) => c.notNull())
    .execute();
}
