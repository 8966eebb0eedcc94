import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Idempotency keys of requests whose job has its id from elsewhere; how often an agent on a task queue says that it works. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema
    .createTable('request_keys')
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('key', id, (c) => c.notNull())
    .addColumn('body_hash', 'text', (c) => c.notNull())
    .addColumn('used_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('request_keys_pkey', ['owner', 'key'])
    .execute();
  await db.schema.alterTable('agents').addColumn('heartbeat_seconds', 'double precision').execute();
}
