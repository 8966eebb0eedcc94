import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Work that was pushed for tasks of repository jobs, and where the diffs and bundles of closed ones are. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema
    .createTable('pushed_bundles')
    .addColumn('job_id', id, (c) => c.notNull())
    .addColumn('task_id', id, (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('put_at', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('pushed_bundles_pkey', ['job_id', 'task_id'])
    .execute();
  await db.schema.alterTable('archive').addColumn('changes', 'text').execute();
}
