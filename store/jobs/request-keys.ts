import { ProblemError } from '../../contracts/error.ts';
import type { Db, Schema } from '../database/schema.ts';

/**
 * Says that a request is sent under an idempotency key of its owner; the first one settles which request that is.
 * Throws `idempotency_conflict` for another one.
 */
export async function useRequestKey(db: Db, used: Omit<Schema['request_keys'], 'used_at'>): Promise<void> {
  const { owner, key, body_hash } = used;
  await db
    .insertInto('request_keys')
    .values({ owner, key, body_hash, used_at: new Date().toISOString() })
    .onConflict((conflict) => conflict.columns(['owner', 'key']).doNothing())
    .execute();
  const first = await db
    .selectFrom('request_keys')
    .select('body_hash')
    .where('owner', '=', owner)
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (first.body_hash === body_hash) return;
  throw new ProblemError({
    code: 'idempotency_conflict',
    message: 'This Idempotency-Key was used for another request. Use a new key, or send the same body.',
  });
}
