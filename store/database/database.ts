import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, PostgresAdapter, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { isShortage } from '../../config/shortage.ts';
import { ProblemError } from '../../contracts/error.ts';
import type { Db, Schema } from './schema.ts';
import { sqliteDialect } from './sqlite-dialect.ts';

/**
 * PostgreSQL where `url` is given (`postgres://...`), else the SQLite file, whose folder is made. Connects at
 * the first query. Throws a `validation` problem when the URL is of another kind.
 */
export function openDatabase(options: { url?: string; sqlite_file: string }): Db {
  if (options.url) return new Kysely<Schema>({ dialect: postgresDialect(options.url) });
  mkdirSync(dirname(options.sqlite_file), { recursive: true });
  return new Kysely<Schema>({ dialect: sqliteDialect(options.sqlite_file) });
}

/**
 * Whether a query failed because the database can't be reached, or takes no writes for the moment, and not because of
 * the query.
 */
export function isDatabaseUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isShortage(error)) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Classes 08 and 57P of https://www.postgresql.org/docs/current/errcodes-appendix.html
  if (/^(08|57P)/.test(code)) return true;
  if (['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(code)) {
    return true;
  }
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  );
}

/** A `database_unreachable` problem that says what the database said, and nothing of the URL. */
export function unreachable(cause: unknown): ProblemError {
  // Node puts the refusals of several addresses into one error without a message.
  const said = cause instanceof AggregateError ? cause.errors[0] : cause;
  const why = said instanceof Error ? said.message : String(said);
  const problem = new ProblemError({
    code: 'database_unreachable',
    message: `The database can't be used: ${why}. Check that it runs, and DATABASE_URL.`,
  });
  problem.cause = cause;
  return problem;
}

/** Whether the database is PostgreSQL. */
export function isPostgres(db: Db): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/**
 * Holds one job until the transaction ends, so that "unless it was deleted" stays true until the commit. On
 * SQLite the transaction itself holds everything.
 */
export async function lockJob(transaction: Db, job_id: string): Promise<void> {
  if (!isPostgres(transaction)) return;
  await sql`select pg_advisory_xact_lock(hashtextextended(${job_id}, 0))`.execute(transaction);
}

/** Text that PostgreSQL takes: it has no NUL character. JSON text needs none of this. */
export function storable(text: string): string {
  return text.replaceAll('\0', '');
}

const INT8 = 20; // oid of bigint

function postgresDialect(url: string): PostgresDialect {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new ProblemError({
      code: 'validation',
      message: 'DATABASE_URL must begin with postgres:// or postgresql://; leave it out to use SQLite.',
    });
  }
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    application_name: 'orchestrator',
    types: {
      getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)),
    },
  });
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on('error', () => {});
  return new PostgresDialect({ pool });
}
