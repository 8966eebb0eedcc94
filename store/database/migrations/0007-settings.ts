import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** What is set while the service runs. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema
    .createTable('settings')
    .addColumn('name', id, (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addColumn('updated_by', 'text', (c) => c.notNull())
    .execute();
}
