import { storable } from '../database/database.ts';
import type { Db, Schema } from '../database/schema.ts';

/** What an installation is set to while it runs: a JSON value under a name, and who put it there. */
export type Setting = Schema['settings'];

/** The setting of that name, or null where nobody made it. */
export async function readSetting(db: Db, name: string): Promise<Setting | null> {
  const row = await db.selectFrom('settings').selectAll().where('name', '=', name).executeTakeFirst();
  return row ?? null;
}

/** Sets it, in place of what was set before. */
export async function putSetting(
  db: Db,
  input: { name: string; value: string; updated_by: string },
): Promise<Setting> {
  const fields = {
    value: storable(input.value),
    updated_at: new Date().toISOString(),
    updated_by: storable(input.updated_by),
  };
  await db
    .insertInto('settings')
    .values({ name: input.name, ...fields })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(fields))
    .execute();
  return { name: input.name, ...fields };
}
