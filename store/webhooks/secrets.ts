import { randomBytes } from 'node:crypto';
import { ProblemError } from '../../contracts/error.ts';
import type { Db, Schema } from '../database/schema.ts';

/** What webhooks of an owner are signed with that name no secret of their own. */
export interface OwnerSecrets {
  /** the present one: `whsec_` and 32 random bytes in base64 */
  secret: string;
  /** those before it that sign beside it now, the latest first */
  older: Pick<Schema['webhook_old_secrets'], 'secret' | 'valid_until'>[];
}

/** Secrets of an owner that sign at once at most: each has a place in the header. */
const MAX_SECRETS = 5;

/** The secrets of an owner. The first is made when they are first asked for, by whoever asks first. */
export async function webhookSecrets(db: Db, owner: string): Promise<OwnerSecrets> {
  const secret = await presentSecret(db, owner);
  // read after it: a rotation in between leaves it among the older ones, and never alone with one that nobody knows
  const older = await olderSecrets(db, owner, new Date().toISOString());
  return { secret, older: older.filter((one) => one.secret !== secret) };
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
    const secret = await presentSecret(db, owner);
    const made = await replace(db, { owner, secret, overlap_seconds });
    if (made !== null) return made;
  }
}

async function presentSecret(db: Db, owner: string): Promise<string> {
  const read = () =>
    db.selectFrom('webhook_secrets').select('secret').where('owner', '=', owner).executeTakeFirst();
  const found = await read();
  if (found) return found.secret;
  await db
    .insertInto('webhook_secrets')
    .values({ owner, secret: newSecret(), created_at: new Date().toISOString() })
    .onConflict((conflict) => conflict.column('owner').doNothing())
    .execute();
  return (await read())!.secret;
}

const olderSecrets = (db: Db, owner: string, now: string): Promise<OwnerSecrets['older']> =>
  db
    .selectFrom('webhook_old_secrets')
    .select(['secret', 'valid_until'])
    .where('owner', '=', owner)
    .where('valid_until', '>', now)
    .orderBy('valid_until', 'desc')
    .execute();

/** Null: somebody else has replaced the secret meanwhile. */
async function replace(
  db: Db,
  { owner, secret, overlap_seconds }: { owner: string; secret: string; overlap_seconds: number },
): Promise<OwnerSecrets | null> {
  const at = new Date();
  const now = at.toISOString();
  const valid_until = new Date(at.getTime() + overlap_seconds * 1000).toISOString();
  return await db.transaction().execute(async (transaction) => {
    const made = newSecret();
    const { numUpdatedRows } = await transaction
      .updateTable('webhook_secrets')
      .set({ secret: made, created_at: now })
      .where('owner', '=', owner)
      .where('secret', '=', secret)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return null;
    const before = await olderSecrets(transaction, owner, now);
    // the new one and the one before it sign as well
    if (overlap_seconds > 0 && before.length + 2 > MAX_SECRETS) throw tooMany(before.at(-1)!.valid_until);
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
      .where('valid_until', '<=', now)
      .execute();
    return { secret: made, older: await olderSecrets(transaction, owner, now) };
  });
}

function tooMany(until: string): ProblemError {
  return new ProblemError({
    code: 'conflict',
    message: `${MAX_SECRETS} secrets sign at once already. Wait until ${until}, or give overlap_seconds 0, which ends all but the new one.`,
  });
}

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
