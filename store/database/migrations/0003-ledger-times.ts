import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** Reports of usage ask for a range of times over the jobs of all owners. */
export async function up(db: Kysely<Schema>): Promise<void> {
  await db.schema.createIndex('ledger_created_at').on('ledger').column('created_at').execute();
}
