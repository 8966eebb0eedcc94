import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';

/**
 * Kysely on `node:sqlite`: one connection, on which Kysely runs one transaction or statement after another.
 * Several processes may open the same file. Transactions begin IMMEDIATE, so that one that reads first and
 * writes later never fails half-way because another process wrote meanwhile.
 */
export function sqliteDialect(file: string): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => sqliteDriver(file),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** How long SQLite itself waits for another process. It blocks the event loop, so the long wait is {@link busyRetrier}. */
const BUSY_TIMEOUT_MS = 20;

/**
 * How long other processes may hold the file without a pause before statements fail. From then on each is tried once, so
 * that whoever asks is told soon, until one of them succeeds.
 */
const GIVE_UP_MS = 5000;

/** When nobody has tried for so long, it is not known that they held the file meanwhile. */
const ANEW_MS = 1000;

/** Between two tries, so that most of the time is left to everything else on this thread. */
const PAUSE_MS = { first: 5, longest: 200 };

/** Makes the migrator work in one transaction, so that a second process finds all of it done or nothing. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function sqliteDriver(file: string): Driver {
  let database: DatabaseSync | undefined;
  let connection: DatabaseConnection | undefined;
  const run = async (on: DatabaseConnection, sql: string) => {
    await on.executeQuery(CompiledQuery.raw(sql));
  };
  return {
    async init() {
      const opened = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
      // With WAL and `normal`, killing processes loses nothing; a power cut may lose the last commits.
      const retryBusy = busyRetrier();
      await retryBusy(() => opened.exec('pragma journal_mode = wal'));
      opened.exec('pragma synchronous = normal');
      database = opened;
      connection = sqliteConnection(opened, retryBusy);
    },
    async acquireConnection() {
      if (!connection) throw new Error('the SQLite file is not open');
      return connection;
    },
    beginTransaction: (on) => run(on, 'begin immediate'),
    commitTransaction: (on) => run(on, 'commit'),
    async rollbackTransaction(on) {
      // SQLite has already rolled back by itself after a full disk, for instance.
      if (database?.isTransaction) await run(on, 'rollback');
    },
    async releaseConnection() {},
    async destroy() {
      database?.close();
    },
  };
}

function sqliteConnection(database: DatabaseSync, retryBusy: RetryBusy): DatabaseConnection {
  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const execute = () => {
        const statement = database.prepare(sql);
        const values = parameters as SQLInputValue[];
        if (statement.columns().length > 0) return { rows: statement.all(...values) as R[] };
        const { changes, lastInsertRowid } = statement.run(...values);
        return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
      };
      // A transaction holds the file already; repeating part of one would not be safe anyway.
      return database.isTransaction ? execute() : await retryBusy(execute);
    },
    // biome-ignore lint/correctness/useYield: the interface asks for a generator
    async *streamQuery() {
      throw new Error('streaming is not offered on SQLite: read in pages');
    },
  };
}

type RetryBusy = <T>(attempt: () => T) => Promise<T>;

function busyRetrier(): RetryBusy {
  let busySince = 0;
  let lastBusy = Number.NEGATIVE_INFINITY;
  return async (attempt) => {
    for (let pause = PAUSE_MS.first; ; pause = Math.min(pause * 2, PAUSE_MS.longest)) {
      try {
        const result = attempt();
        lastBusy = Number.NEGATIVE_INFINITY;
        return result;
      } catch (error) {
        if (!isBusy(error)) throw error;
        const now = performance.now();
        if (now - lastBusy > ANEW_MS) busySince = now;
        lastBusy = now;
        if (now - busySince > GIVE_UP_MS) throw error;
      }
      await sleep(pause * (0.5 + Math.random()));
    }
  };
}

/** Primary result code SQLITE_BUSY (5), https://www.sqlite.org/rescode.html */
function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === 5
  );
}
