import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Makes all tables of the first version. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const postgres = isPostgres(db);
  // Sorted by bytes on both, so that pages of lists continue the same way everywhere.
  const id = postgres ? sql`text collate "C"` : 'text';
  const int64 = postgres ? 'bigint' : 'integer';

  await db.schema
    .createTable('events')
    .addColumn('job_id', id, (c) => c.notNull())
    .addColumn('seq', 'integer', (c) => c.notNull())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('position', int64, (c) => c.notNull().unique())
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('json', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('events_pkey', ['job_id', 'seq'])
    .execute();
  await db.schema.createIndex('events_owner').on('events').columns(['owner', 'position']).execute();

  await db.schema
    .createTable('feed')
    .addColumn('id', 'integer', (c) => c.primaryKey())
    .addColumn('last_position', int64, (c) => c.notNull())
    .execute();
  await db.insertInto('feed').values({ id: 1, last_position: 0 }).execute();

  await db.schema
    .createTable('archive')
    .addColumn('job_id', id, (c) => c.primaryKey())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('created_at', id, (c) => c.notNull())
    .addColumn('finished_at', 'text')
    .addColumn('body_hash', 'text', (c) => c.notNull())
    .addColumn('list_item', 'text', (c) => c.notNull())
    .addColumn('view', 'text', (c) => c.notNull())
    .addColumn('plans', 'text', (c) => c.notNull())
    .addColumn('artifacts', 'text', (c) => c.notNull())
    .addColumn('requests', 'text', (c) => c.notNull())
    .addColumn('archived_at', 'text', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('archive_newest').on('archive').columns(['created_at', 'job_id']).execute();
  await db.schema
    .createIndex('archive_owner')
    .on('archive')
    .columns(['owner', 'created_at', 'job_id'])
    .execute();

  await db.schema
    .createTable('tombstones')
    .addColumn('job_id', id, (c) => c.primaryKey())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('deleted_at', 'text', (c) => c.notNull())
    .addColumn('erased_at', 'text')
    .execute();

  await db.schema
    .createTable('ledger')
    .addColumn('call_id', id, (c) => c.primaryKey())
    .addColumn('job_id', id, (c) => c.notNull())
    .addColumn('task_id', 'text')
    .addColumn('attempt', 'integer')
    .addColumn('agent', 'text')
    .addColumn('purpose', 'text', (c) => c.notNull())
    .addColumn('provider', 'text', (c) => c.notNull())
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('reserved_usd', 'double precision', (c) => c.notNull())
    .addColumn('cost_usd', 'double precision', (c) => c.notNull())
    .addColumn('usage', 'text')
    .addColumn('price', 'text')
    .addColumn('created_at', id, (c) => c.notNull())
    .addColumn('settled_at', 'text')
    .addColumn('answer', 'text')
    .execute();
  await db.schema.createIndex('ledger_job').on('ledger').columns(['job_id', 'created_at']).execute();

  await db.schema
    .createTable('contents')
    .addColumn('sha256', id, (c) => c.primaryKey())
    .addColumn('size_bytes', int64, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('content_refs')
    .addColumn('job_id', id, (c) => c.notNull())
    .addColumn('sha256', id, (c) => c.notNull().references('contents.sha256'))
    .addPrimaryKeyConstraint('content_refs_pkey', ['job_id', 'sha256'])
    .execute();
  await db.schema.createIndex('content_refs_sha256').on('content_refs').column('sha256').execute();

  await db.schema
    .createTable('api_keys')
    .addColumn('key_id', id, (c) => c.primaryKey())
    .addColumn('key_hash', 'text', (c) => c.notNull().unique())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull().defaultTo('admin'))
    .addColumn('created_at', id, (c) => c.notNull())
    .addColumn('revoked_at', 'text')
    .execute();

  await db.schema
    .createTable('callbacks')
    .addColumn('token_hash', 'text', (c) => c.primaryKey())
    .addColumn('job_id', id, (c) => c.notNull())
    .addColumn('task_id', 'text', (c) => c.notNull())
    .addColumn('workflow_id', 'text', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('expires_at', 'text', (c) => c.notNull())
    .addColumn('used_at', 'text')
    .execute();
  await db.schema.createIndex('callbacks_job').on('callbacks').column('job_id').execute();
}
