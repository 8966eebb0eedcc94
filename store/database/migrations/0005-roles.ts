import type { Kysely } from 'kysely';
import type { Schema } from '../schema.ts';

/** Keys from before there were roles could do everything with the jobs of their own owner: that is an operator. */
export async function up(db: Kysely<Schema>): Promise<void> {
  await db.updateTable('api_keys').set({ role: 'operator' }).execute();
}
