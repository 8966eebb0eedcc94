import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Memory, operations that are done at once, sessions of the tools over MCP, and whole results of closed jobs. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema.alterTable('archive').addColumn('results', 'text').execute();

  await db.schema
    .createTable('memory')
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('scope', id, (c) => c.notNull())
    .addColumn('key', id, (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', id, (c) => c.notNull())
    .addColumn('done_at', 'text')
    .addPrimaryKeyConstraint('memory_pkey', ['owner', 'scope', 'key'])
    .execute();
  await db.schema
    .createTable('memory_links')
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('scope', id, (c) => c.notNull())
    .addColumn('from_key', id, (c) => c.notNull())
    .addColumn('to_key', id, (c) => c.notNull())
    .addColumn('relation', id, (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('memory_links_pkey', ['owner', 'scope', 'from_key', 'to_key', 'relation'])
    .execute();

  await db.schema
    .createTable('operations')
    .addColumn('operation_id', id, (c) => c.primaryKey())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('answer', 'text')
    .addColumn('error', 'text')
    .addColumn('created_at', id, (c) => c.notNull())
    .addColumn('finished_at', 'text', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('operations_owner')
    .on('operations')
    .columns(['owner', 'created_at', 'operation_id'])
    .execute();

  await db.schema
    .createTable('tool_sessions')
    .addColumn('session_id', id, (c) => c.primaryKey())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('settings', 'text', (c) => c.notNull())
    .addColumn('used_at', id, (c) => c.notNull())
    .execute();
  await db.schema.createIndex('tool_sessions_used').on('tool_sessions').column('used_at').execute();
  await db.schema
    .createTable('tool_session_jobs')
    .addColumn('session_id', id, (c) => c.notNull())
    .addColumn('job_id', id, (c) => c.notNull())
    .addColumn('started_at', id, (c) => c.notNull())
    .addPrimaryKeyConstraint('tool_session_jobs_pkey', ['session_id', 'job_id'])
    .execute();
}
