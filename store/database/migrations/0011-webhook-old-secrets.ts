import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Secrets of owners that were replaced, and sign beside the present one for a time. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema
    .createTable('webhook_old_secrets')
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('secret', 'text', (c) => c.notNull())
    .addColumn('valid_until', id, (c) => c.notNull())
    .addPrimaryKeyConstraint('webhook_old_secrets_key', ['owner', 'secret'])
    .execute();
}
