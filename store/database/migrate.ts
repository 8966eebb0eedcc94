import { sql } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, Migrator } from 'kysely/migration';
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
import * as jobs from './migrations/0012-jobs.ts';
import * as repositories from './migrations/0013-repositories.ts';
import * as pushedAttempt from './migrations/0014-pushed-attempt.ts';
import type { Db } from './schema.ts';

/**
 * Brings the schema up to date. Safe when several processes do it at once, and beside newer versions of the service: what
 * they added is left as it is. Throws a `database_unreachable` problem, or an error that says what stands in the way.
 */
export async function migrate(db: Db): Promise<void> {
  for (let added: string[] | null = null; ; ) {
    const newer = await addedByNewer(db);
    const known = { ...MIGRATIONS, ...Object.fromEntries(newer.map((name) => [name, NOTHING_TO_DO])) };
    const { error } = await new Migrator({
      db,
      provider: { getMigrations: async () => known },
    }).migrateToLatest();
    if (!error) return;
    // a newer version may have added something meanwhile
    if (added !== null && added.length === newer.length) throw describe(error);
    added = newer;
  }
}

/** Names of migrations that were carried out and come after all that this version knows. */
async function addedByNewer(db: Db): Promise<string[]> {
  const last = Object.keys(MIGRATIONS).at(-1)!;
  try {
    const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
    if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return [];
    const { rows } = await sql<{
      name: string;
    }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
    return rows.map(({ name }) => name).filter((name) => name > last);
  } catch (error) {
    throw describe(error);
  }
}

const NOTHING_TO_DO = { up: async () => undefined };

function describe(error: unknown): unknown {
  if (isDatabaseUnreachable(error) || error instanceof AggregateError) return unreachable(error);
  const why = error instanceof Error ? error.message : String(error);
  return new Error(
    `The tables of the database can't be brought up to date: ${why}. ` +
      'If a newer version of the service has used this database, run that version.',
    { cause: error },
  );
}

/**
 * In the order of their names; one that was released never changes. They only add, so that processes of the version
 * before go on beside this one: no column or table is renamed, dropped or given another meaning, and a new column may be
 * left out by who does not know it.
 */
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
  '0012-jobs': jobs,
  '0013-repositories': repositories,
  '0014-pushed-attempt': pushedAttempt,
};
