import { randomBytes } from 'node:crypto';
import { ProblemError } from '../contracts/error.ts';
import type { Db, Schema } from './schema.ts';

/** What webhooks of an owner are signed with that name no secret of their own. */
export interface OwnerSecrets {
  /** the present one: `whsec_` and 32 random bytes in base64 */
  secret: string;
  /** those before it that sign beside it now, the latest first */
  older: Pick<Schema['webhook_old_secrets'], 'secret' | 'valid_until'>[];
}

/** Secrets of an owner that sign at once at most: each has a place in the header. */
const MOST_SECRETS = 5;

/** The secrets of an owner. The first is made when they are first asked for, by whoever asks first. */
export async function webhookSecrets(db: Db, owner: string): Promise<OwnerSecrets> {
  const now = new Date().toISOString();
  const older = await db
    .selectFrom('webhook_old_secrets')
    .select(['secret', 'valid_until'])
    .where('owner', '=', owner)
    .where('valid_until', '>', now)
    .orderBy('valid_until', 'desc')
    .execute();
  const read = () =>
    db.selectFrom('webhook_secrets').select('secret').where('owner', '=', owner).executeTakeFirst();
  const found = await read();
  if (found) return { secret: found.secret, older };
  await db
    .insertInto('webhook_secrets')
    .values({ owner, secret: newSecret(), created_at: now })
    .onConflict((conflict) => conflict.column('owner').doNothing())
    .execute();
  return { secret: (await read())!.secret, older };
}

/**
 * Makes a new secret for an owner. Those before it sign beside it for `overlap_seconds` at most; 0: they end at once.
 * Throws `conflict` when too many sign already.
 */
export async function rotateWebhookSecret(
  db: Db,
  owner: string,
  { overlap_seconds }: { overlap_seconds: number },
): Promise<OwnerSecrets> {
  for (;;) {
    const { secret } = await webhookSecrets(db, owner);
    if (await replace(db, { owner, secret, overlap_seconds })) return await webhookSecrets(db, owner);
  }
}

/** False: somebody else has replaced the secret meanwhile. */
async function replace(
  db: Db,
  { owner, secret, overlap_seconds }: { owner: string; secret: string; overlap_seconds: number },
): Promise<boolean> {
  const now = new Date();
  const valid_until = new Date(now.getTime() + overlap_seconds * 1000).toISOString();
  return await db.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable('webhook_secrets')
      .set({ secret: newSecret(), created_at: now.toISOString() })
      .where('owner', '=', owner)
      .where('secret', '=', secret)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    await transaction
      .updateTable('webhook_old_secrets')
      .set({ valid_until })
      .where('owner', '=', owner)
      .where('valid_until', '>', valid_until)
      .execute();
    await transaction.insertInto('webhook_old_secrets').values({ owner, secret, valid_until }).execute();
    await transaction
      .deleteFrom('webhook_old_secrets')
      .where('owner', '=', owner)
      .where('valid_until', '<=', now.toISOString())
      .execute();
    const older = await transaction
      .selectFrom('webhook_old_secrets')
      .select('valid_until')
      .where('owner', '=', owner)
      .orderBy('valid_until')
      .execute();
    if (older.length >= MOST_SECRETS) throw tooMany(older[0]!.valid_until);
    return true;
  });
}

function tooMany(until: string): ProblemError {
  return new ProblemError({
    code: 'conflict',
    message: `${MOST_SECRETS} secrets sign at once already. Wait until ${until}, or give overlap_seconds 0, which ends all but the new one.`,
  });
}

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
