import { randomToken, tokenHash } from '../access/secrets.ts';
import type { Db, Schema } from '../database/schema.ts';

/** What an answer at a callback address is for. */
export type Callback = Omit<Schema['callbacks'], 'token_hash'>;

/** Makes a one-time address for the answer to one attempt; gives its token, of which only the hash is stored. */
export async function createCallback(db: Db, callback: Omit<Callback, 'used_at'>): Promise<string> {
  const token = randomToken();
  await db
    .insertInto('callbacks')
    .values({ ...callback, token_hash: tokenHash(token), used_at: null })
    .execute();
  return token;
}

/** What a token is for, used or expired ones too; null when it is unknown. */
export async function findCallback(db: Db, token: string): Promise<Callback | null> {
  const row = await db
    .selectFrom('callbacks')
    .select(['job_id', 'task_id', 'workflow_id', 'attempt', 'expires_at', 'used_at'])
    .where('token_hash', '=', tokenHash(token))
    .executeTakeFirst();
  return row ?? null;
}

/** Takes the one use of a token: true for the first caller only. */
export async function markCallbackUsed(db: Db, token: string): Promise<boolean> {
  const used = await db
    .updateTable('callbacks')
    .set({ used_at: new Date().toISOString() })
    .where('token_hash', '=', tokenHash(token))
    .where('used_at', 'is', null)
    .returning('job_id')
    .executeTakeFirst();
  return used !== undefined;
}
