import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** For which attempt at a task a bundle was pushed: an agent's answer counts with what it pushed for it. */
export async function up(db: Kysely<Schema>): Promise<void> {
  await db.schema.alterTable('pushed_bundles').addColumn('attempt', 'integer').execute();
}
