import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** Calls of an agent that works in turns share a lease; an earlier call is a lease of its own. */
export async function up(db: Kysely<Schema>): Promise<void> {
  await db.schema.alterTable('ledger').addColumn('lease_id', 'text').execute();
  await db.schema.createIndex('ledger_lease').on('ledger').column('lease_id').execute();
}
