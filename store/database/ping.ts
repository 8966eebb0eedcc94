import { putSetting } from '../access/settings.ts';
import { unreachable } from './database.ts';
import type { Db } from './schema.ts';

/** Has the database write something and answer; throws a `database_unreachable` problem where it does not. */
export async function ping(db: Db): Promise<void> {
  try {
    await putSetting(db, { name: 'written', value: 'true', updated_by: 'service' });
  } catch (error) {
    throw unreachable(error);
  }
}
