import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { openStore, type Store } from '../../store/index.ts';

/** A place for one store, which several connections or processes may open. */
export interface Place {
  folder: string;
  options: { database_url?: string; sqlite_file: string; artifacts_dir: string };
  open(): Promise<Store>;
  /** Runs SQL beside the store, as another program would. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

/** Runs the tests on SQLite and on PostgreSQL, each with an empty database of its own. */
export function onBothDatabases(tests: (place: () => Place, store: () => Store) => void): void {
  const run = (kind: 'sqlite' | 'postgres') => () => {
    let place: Place;
    let store: Store;
    beforeAll(async () => {
      place = await makePlace(kind);
      store = await place.open();
    });
    afterAll(async () => {
      await store?.close();
      await place?.remove();
    });
    tests(
      () => place,
      () => store,
    );
  };
  describe('on SQLite', run('sqlite'));
  const there = inject('postgresUrl') !== undefined;
  describe.skipIf(!there)(
    there ? 'on PostgreSQL' : 'on PostgreSQL (skipped: it is not installed here)',
    run('postgres'),
  );
}

/** An empty place; with `postgres`, an empty database on the server of this test run. */
export async function makePlace(kind: 'sqlite' | 'postgres'): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-store-'));
  const name = `store_${randomBytes(6).toString('hex')}`;
  const admin = inject('postgresUrl') ?? '';
  const options: Place['options'] = {
    sqlite_file: join(folder, 'orchestrator.db'),
    artifacts_dir: join(folder, 'artifacts'),
  };
  if (kind === 'postgres') {
    await onServer(admin, `create database ${name}`);
    const url = new URL(admin);
    url.pathname = `/${name}`;
    options.database_url = url.href;
  }
  return {
    folder,
    options,
    open: () => openStore(options),
    query: (sql) =>
      options.database_url ? onServer(options.database_url, sql) : onFile(options.sqlite_file, sql),
    async remove() {
      if (kind === 'postgres') await onServer(admin, `drop database ${name} with (force)`);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function onServer(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function onFile(file: string, sql: string): Promise<Record<string, unknown>[]> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}
