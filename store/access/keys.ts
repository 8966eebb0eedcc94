import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from '../../contracts/access.ts';
import { storable } from '../database/database.ts';
import type { Db, Schema } from '../database/schema.ts';
import { randomToken, tokenHash } from './secrets.ts';

/** An API key, without the key. */
export type ApiKey = Omit<Schema['api_keys'], 'key_hash'>;

/** Makes a key for `owner`, of an operator unless another role is given. The plain key is given this once; only its hash is stored. */
export async function createKey(
  db: Db,
  input: { owner: string; name: string; role?: Role },
): Promise<ApiKey & { key: string }> {
  const key = `ork_${randomToken()}`;
  const made: ApiKey = {
    key_id: `key-${randomBytes(6).toString('hex')}`,
    owner: storable(input.owner),
    name: storable(input.name),
    role: input.role ?? 'operator',
    created_at: new Date().toISOString(),
    revoked_at: null,
  };
  await db
    .insertInto('api_keys')
    .values({ ...made, key_hash: tokenHash(key) })
    .execute();
  return { ...made, key };
}

/** Whose key this is; null when it is unknown or revoked. */
export async function findKey(db: Db, key: string): Promise<ApiKey | null> {
  const hash = tokenHash(key);
  const row = await db.selectFrom('api_keys').selectAll().where('key_hash', '=', hash).executeTakeFirst();
  if (!row || row.revoked_at !== null) return null;
  const { key_hash, ...found } = row;
  return timingSafeEqual(Buffer.from(key_hash), Buffer.from(hash)) ? found : null;
}

/** All keys, revoked ones too, oldest first. */
export async function listKeys(db: Db): Promise<ApiKey[]> {
  return await db
    .selectFrom('api_keys')
    .select(['key_id', 'owner', 'name', 'role', 'created_at', 'revoked_at'])
    .orderBy('created_at')
    .orderBy('key_id')
    .execute();
}

/** Revokes a key for good; false when there is no such key in force. */
export async function revokeKey(db: Db, key_id: string): Promise<boolean> {
  const revoked = await db
    .updateTable('api_keys')
    .set({ revoked_at: new Date().toISOString() })
    .where('key_id', '=', storable(key_id))
    .where('revoked_at', 'is', null)
    .returning('key_id')
    .executeTakeFirst();
  return revoked !== undefined;
}

/**
 * Whether the service asks for keys: true once one was made. Revoked ones count, so that revoking the last key
 * locks everybody out instead of letting everybody in.
 */
export async function anyKeys(db: Db): Promise<boolean> {
  return (await db.selectFrom('api_keys').select('key_id').limit(1).executeTakeFirst()) !== undefined;
}
