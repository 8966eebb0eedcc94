import { Migrator } from 'kysely/migration';
import { isDatabaseUnreachable, unreachable } from './database.ts';
import * as initial from './migrations/0001-initial.ts';
import * as leases from './migrations/0002-leases.ts';
import * as ledgerTimes from './migrations/0003-ledger-times.ts';
import * as taskTools from './migrations/0004-task-tools.ts';
import * as roles from './migrations/0005-roles.ts';
import * as agents from './migrations/0006-agents.ts';
import * as settings from './migrations/0007-settings.ts';
import * as webhooks from './migrations/0008-webhooks.ts';
import * as requestKeys from './migrations/0009-request-keys.ts';
import * as counters from './migrations/0010-counters.ts';
import * as webhookOldSecrets from './migrations/0011-webhook-old-secrets.ts';
import type { Db } from './schema.ts';

/**
 * Brings the schema up to date. Safe when several processes do it at once. Throws a `database_unreachable`
 * problem, or an error that says what stands in the way.
 */
export async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (!error) return;
  if (isDatabaseUnreachable(error) || error instanceof AggregateError) throw unreachable(error);
  const why = error instanceof Error ? error.message : String(error);
  throw new Error(
    `The tables of the database can't be brought up to date: ${why}. ` +
      'If a newer version of the service has used this database, run that version.',
    { cause: error },
  );
}

/** In the order of their names; one that was released never changes. */
const MIGRATIONS = {
  '0001-initial': initial,
  '0002-leases': leases,
  '0003-ledger-times': ledgerTimes,
  '0004-task-tools': taskTools,
  '0005-roles': roles,
  '0006-agents': agents,
  '0007-settings': settings,
  '0008-webhooks': webhooks,
  '0009-request-keys': requestKeys,
  '0010-counters': counters,
  '0011-webhook-old-secrets': webhookOldSecrets,
};
