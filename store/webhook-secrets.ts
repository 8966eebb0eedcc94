import { randomBytes } from 'node:crypto';
import type { Db } from './schema.ts';

/**
 * What webhooks of an owner are signed with that name no secret of their own: `whsec_` and 32 random bytes in base64,
 * made when it is first asked for, by whoever asks first.
 */
export async function webhookSecret(db: Db, owner: string): Promise<string> {
  const read = () =>
    db.selectFrom('webhook_secrets').select('secret').where('owner', '=', owner).executeTakeFirst();
  const found = await read();
  if (found) return found.secret;
  await db
    .insertInto('webhook_secrets')
    .values({
      owner,
      secret: `whsec_${randomBytes(32).toString('base64')}`,
      created_at: new Date().toISOString(),
    })
    .onConflict((conflict) => conflict.column('owner').doNothing())
    .execute();
  return (await read())!.secret;
}
