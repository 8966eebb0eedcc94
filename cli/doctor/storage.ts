import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DataDir, dataDir } from '../../config/data-dir.ts';
import { envText } from '../../config/env.ts';
import { openStore } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { bytes } from '../view/text.ts';
import { type Check, reason } from './check.ts';

/** Below this, jobs with large results soon get stuck. */
const LITTLE_SPACE_BYTES = 1e9;

/** The data folder, its disk, and the database. */
export async function storageChecks({ globals }: Context): Promise<Check[]> {
  const dir = dataDir(globals.dataDir);
  return [await folderCheck(dir), await spaceCheck(dir), await databaseCheck(dir)];
}

async function folderCheck({ root }: DataDir): Promise<Check> {
  const name = 'Data folder';
  const there = existsSync(root);
  try {
    await access(there ? root : existing(root), constants.W_OK);
    return { name, state: 'ok', detail: there ? `${root}, writable` : `${root}, made at the first start` };
  } catch (error) {
    const detail = `${root} can't be written: ${reason(error)}`;
    return { name, state: 'missing', detail, fix: 'choose another with --data-dir or ORCHESTRATOR_DATA_DIR' };
  }
}

async function spaceCheck({ root }: DataDir): Promise<Check> {
  const { bavail, bsize } = await statfs(existing(root));
  const free = bavail * bsize;
  const check = { name: 'Disk space', detail: `${bytes(free)} free` };
  if (free >= LITTLE_SPACE_BYTES) return { ...check, state: 'ok' };
  return { ...check, state: 'note', fix: 'make room, or move the data folder with --data-dir' };
}

async function databaseCheck(dir: DataDir): Promise<Check> {
  const name = 'Database';
  const url = envText('DATABASE_URL');
  const where = url === undefined ? dir.orchestratorDb : `PostgreSQL at ${hostOf(url)}`;
  if (url === undefined && !existsSync(dir.orchestratorDb)) {
    return { name, state: 'ok', detail: `SQLite, made at the first start (${where})` };
  }
  try {
    const store = await openStore({
      database_url: url,
      sqlite_file: dir.orchestratorDb,
      artifacts_dir: dir.artifacts,
      artifacts_url: envText('ARTIFACTS_URL'),
    });
    const keys = await store.listKeys().finally(() => store.close());
    const inForce = keys.filter((key) => key.revoked_at === null);
    const count = inForce.length;
    if (keys.length > 0 && !inForce.some(({ role }) => role === 'admin')) {
      const detail = `${where}; keys are required, but there is no admin key in force`;
      return { name, state: 'missing', detail, fix: 'orchestrator keys create --role admin' };
    }
    return {
      name,
      state: 'ok',
      detail: `${where}; ${keys.length === 0 ? 'no API keys, none required' : `${count} API keys in force`}`,
    };
  } catch (error) {
    const fix = url === undefined ? 'check that the file is ours and not damaged' : 'check DATABASE_URL';
    return { name, state: 'missing', detail: `${where}: ${reason(error)}`, fix };
  }
}

/** Never the user and password of the address. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'an invalid address');

const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)));
