import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Addresses that events are sent to, what is sent there, and what it is signed with. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema
    .createTable('webhook_endpoints')
    .addColumn('endpoint_id', id, (c) => c.primaryKey())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('job_id', id)
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('secret', 'text')
    .addColumn('failures', 'integer', (c) => c.notNull())
    .addColumn('held_until', id)
    .addColumn('gone_at', id)
    .execute();

  await db.schema
    .createTable('webhook_deliveries')
    .addColumn('delivery_id', id, (c) => c.primaryKey())
    .addColumn('endpoint_id', id, (c) => c.notNull())
    .addColumn('job_id', id, (c) => c.notNull())
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('position', 'bigint', (c) => c.notNull())
    .addColumn('status', id, (c) => c.notNull())
    .addColumn('attempts', 'integer', (c) => c.notNull())
    .addColumn('status_code', 'integer')
    .addColumn('error', 'text')
    .addColumn('created_at', id, (c) => c.notNull())
    .addColumn('last_attempt_at', id)
    .addColumn('next_attempt_at', id)
    .addColumn('delivered_at', id)
    .addColumn('give_up_at', id, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('webhook_deliveries_endpoint')
    .on('webhook_deliveries')
    .columns(['endpoint_id', 'status', 'position'])
    .execute();
  await db.schema
    .createIndex('webhook_deliveries_job')
    .on('webhook_deliveries')
    .columns(['job_id', 'position'])
    .execute();
  await db.schema
    .createIndex('webhook_deliveries_due')
    .on('webhook_deliveries')
    .columns(['status', 'next_attempt_at'])
    .execute();

  await db.schema
    .createTable('webhook_secrets')
    .addColumn('owner', id, (c) => c.primaryKey())
    .addColumn('secret', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .execute();
}
