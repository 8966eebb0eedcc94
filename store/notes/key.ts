import { randomBytes } from 'node:crypto';
import type { Db } from '../database/schema.ts';

const NAME = 'notes_key';

/** The key that notes of this installation are signed with; the first process that asks for it makes it. */
export async function notesKey(db: Db): Promise<string> {
  await db
    .insertInto('settings')
    .values({
      name: NAME,
      value: randomBytes(32).toString('base64'),
      updated_at: new Date().toISOString(),
      updated_by: 'orchestrator',
    })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const { value } = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', NAME)
    .executeTakeFirstOrThrow();
  return value;
}
