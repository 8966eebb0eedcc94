import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../database.ts';
import type { Schema } from '../schema.ts';

/** Agents that registered, their places, and the tasks that wait for one. */
export async function up(db: Kysely<Schema>): Promise<void> {
  const id = isPostgres(db) ? sql`text collate "C"` : 'text';
  await db.schema
    .createTable('agents')
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('agent_id', id, (c) => c.notNull())
    .addColumn('agent_name', 'text', (c) => c.notNull())
    .addColumn('domain', 'text')
    .addColumn('base_url', 'text')
    .addColumn('task_queue', 'text')
    .addColumn('capabilities', 'text', (c) => c.notNull())
    .addColumn('sla_seconds', 'double precision')
    .addColumn('max_concurrency', 'integer')
    .addColumn('registered_at', 'text', (c) => c.notNull())
    .addColumn('heartbeat_at', 'text', (c) => c.notNull())
    .addColumn('unavailable_at', 'text')
    .addPrimaryKeyConstraint('agents_pkey', ['owner', 'agent_id'])
    .execute();

  await db.schema
    .createTable('agent_leases')
    .addColumn('lease_id', id, (c) => c.primaryKey())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('agent_id', id, (c) => c.notNull())
    .addColumn('expires_at', id, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('agent_leases_agent')
    .on('agent_leases')
    .columns(['owner', 'agent_id', 'expires_at'])
    .execute();

  await db.schema
    .createTable('waiting_tasks')
    .addColumn('job_id', id, (c) => c.notNull())
    .addColumn('task_id', id, (c) => c.notNull())
    .addColumn('owner', id, (c) => c.notNull())
    .addColumn('agent', 'text')
    .addColumn('capabilities', 'text', (c) => c.notNull())
    .addColumn('since', id, (c) => c.notNull())
    .addColumn('woken_at', id)
    .addPrimaryKeyConstraint('waiting_tasks_pkey', ['job_id', 'task_id'])
    .execute();
  await db.schema
    .createIndex('waiting_tasks_owner')
    .on('waiting_tasks')
    .columns(['owner', 'since'])
    .execute();
}
