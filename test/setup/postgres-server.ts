import { execFile } from 'node:child_process';
import { chown, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from '../../runtime/ports.ts';
import { isExecutable, lastLines, onPath } from '../../toolchain/run.ts';
import { spawnTethered, type Tethered } from './tethered.ts';
import { until } from './until.ts';

const exec = promisify(execFile);

/** A PostgreSQL of our own with nothing in it, or why there is none. */
export type PostgresServer = (Tethered & { url: string }) | { url?: undefined; reason: string };

/** Starts PostgreSQL from the machine's binaries, its data in `folder` and made for speed, not for safety. */
export async function startPostgres(folder: string): Promise<PostgresServer> {
  const [initdb, postgres] = await Promise.all([findBinary('initdb'), findBinary('postgres')]);
  if (!initdb || !postgres)
    return { reason: 'PostgreSQL (initdb, postgres) is not installed (Debian: apt-get install postgresql)' };
  const user = await unprivilegedUser();
  const home = join(folder, 'postgres');
  await mkdir(home);
  if (user.uid !== undefined && user.gid !== undefined) {
    // PostgreSQL refuses to run as root: its user must own its folder, and reach it.
    await chown(folder, user.uid, user.gid);
    await chown(home, user.uid, user.gid);
  }
  const data = join(home, 'data');
  const log = join(folder, 'postgres.log');
  const options = ['-D', data, '-U', 'orchestrator', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  await exec(initdb, options, { cwd: home, ...user });

  const port = await freePort('127.0.0.1');
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: 200,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawnTethered([postgres, '-D', data, ...flags], { log, signal: 'QUIT', cwd: home, ...user });
  const url = `postgres://orchestrator@127.0.0.1:${port}/postgres`;
  try {
    await until(() => answers(url), { what: 'PostgreSQL to answer' });
    return { ...server, url };
  } catch (error) {
    await server.stop();
    throw new Error(`PostgreSQL did not start:\n${lastLines(await readFile(log, 'utf8'))}`, { cause: error });
  }
}

/** On PATH, else where Debian keeps each release: the newest. */
async function findBinary(name: string): Promise<string | undefined> {
  const found = await onPath(name);
  if (found) return found;
  const root = '/usr/lib/postgresql';
  const releases = await readdir(root).catch(() => []);
  for (const release of releases.sort((a, b) => Number(b) - Number(a))) {
    const path = join(root, release, 'bin', name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function unprivilegedUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all([exec('id', ['-u', name]), exec('id', ['-g', name])]).catch(
      () => undefined,
    );
    if (ids) return { uid: Number(ids[0].stdout), gid: Number(ids[1].stdout) };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {}); // a lost connection shows as the failing query
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}
