import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { openStore } from '../../store/index.ts';
import { until } from '../setup/until.ts';
import { makePlace, type Place } from './databases.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));
const places: Place[] = [];

afterEach(async () => {
  for (const place of places.splice(0)) await place.remove();
});

const postgres = inject('postgresUrl') !== undefined;

describe('on SQLite', () => tests('sqlite'));
describe.skipIf(!postgres)(
  postgres ? 'on PostgreSQL' : 'on PostgreSQL (skipped: it is not installed here)',
  () => tests('postgres'),
);

function tests(kind: 'sqlite' | 'postgres') {
  it('lets processes make the tables and write at the same time', async () => {
    const place = await newPlace(kind);
    const children = ['left', 'right', 'third'].map((job_id) =>
      start('append', { options: place.options, job_id, batches: 60 }),
    );
    const outputs = await Promise.all(children.map((child) => finish(child)));
    expect(outputs).toEqual(['done\n', 'done\n', 'done\n']);
    const store = await place.open();
    for (const job_id of ['left', 'right', 'third']) expect(await store.lastSeq(job_id)).toBe(120);
    const feed = await store.readFeed({ owner: 'ann', after_position: 0, limit: 1000 });
    expect(feed).toHaveLength(360);
    await store.close();
  });

  it('opens an empty database from many sides at once', async () => {
    const place = await newPlace(kind);
    const stores = await Promise.all(Array.from({ length: 6 }, () => place.open()));
    await Promise.all(stores.map((store) => store.ping()));
    const made = await place.query('select name from kysely_migration order by name');
    const files = await readdir(join(import.meta.dirname, '../../store/database/migrations'));
    expect(made).toEqual(files.sort().map((file) => ({ name: file.replace('.ts', '') })));
    await Promise.all(stores.map((store) => store.close()));
  });

  it('goes on beside a newer version, which has added tables and columns', async () => {
    const place = await newPlace(kind);
    const before = await place.open();
    const { timestamp } = (await place.query('select max(timestamp) as timestamp from kysely_migration'))[0]!;
    await place.query(`insert into kysely_migration values ('9998-more', '${timestamp}')`);
    await place.query('create table more (id text)');
    await place.query(`insert into kysely_migration values ('9999-and-more', '${timestamp}')`);
    await place.query('alter table api_keys add column more text');
    const after = await place.open();
    await before.createKey({ owner: 'ann', name: 'laptop' });
    expect(await after.listKeys()).toHaveLength(1);
    await before.close();
    await after.close();
    const made = await place.query('select name from kysely_migration order by name desc');
    expect(made.slice(0, 2)).toEqual([{ name: '9999-and-more' }, { name: '9998-more' }]);
  });

  it('says what stands in the way where a migration is missing in the middle', async () => {
    const place = await newPlace(kind);
    await (await place.open()).close();
    await place.query("update kysely_migration set name = '0005-other' where name = '0005-roles'");
    await expect(place.open()).rejects.toThrow(/can't be brought up to date/);
  });

  it('shows nothing of a content whose writer was killed', async () => {
    const place = await newPlace(kind);
    const child = start('put', { options: place.options, job_id: 'killed', batches: 0 });
    await once(child.stdout, 'data');
    const staging = join(place.options.artifacts_dir, '.staging');
    const left = await until(async () => (await readdir(staging))[0], { what: 'a file under way' });
    await until(async () => (await stat(join(staging, left))).size >= 300_000, { what: 'its first bytes' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await readdir(place.options.artifacts_dir)).toEqual(['.staging']);
    expect(await place.query('select * from contents')).toEqual([]);

    await (await place.open()).close();
    expect(await readdir(staging)).toEqual([left]); // it could still be under way
    const longAgo = Date.now() / 1000 - 2 * 24 * 3600;
    await utimes(join(staging, left), longAgo, longAgo);
    await (await place.open()).close();
    expect(await readdir(staging)).toEqual([]);
  });
}

describe('a store that can not be opened', () => {
  it('says that the database does not answer, and nothing of its password', async () => {
    const place = await newPlace('sqlite');
    const database_url = 'postgres://user:hush-hush@127.0.0.1:1/nothing';
    const failure = await openStore({ ...place.options, database_url }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ problem: { code: 'database_unreachable' } });
    expect(String(failure)).toContain('127.0.0.1:1');
    expect(String(failure)).not.toContain('hush-hush');
  });

  it('names a database or artifact URL of the wrong kind', async () => {
    const { options } = await newPlace('sqlite');
    const problem = { code: 'validation' };
    await expect(openStore({ ...options, database_url: 'mysql://x/y' })).rejects.toMatchObject({ problem });
    await expect(openStore({ ...options, artifacts_url: 'ftp://x/y' })).rejects.toMatchObject({ problem });
  });
});

async function newPlace(kind: 'sqlite' | 'postgres'): Promise<Place> {
  const place = await makePlace(kind);
  places.push(place);
  return place;
}

function start(action: string, order: object) {
  return spawn(process.execPath, [WRITER, action, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function finish(child: ReturnType<typeof start>): Promise<string> {
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return output;
}
