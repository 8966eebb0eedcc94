import { createHash, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Env, envString } from './env.ts';

/** Absolute paths of everything kept in one data folder. */
export interface DataDir {
  readonly root: string;
  /** Temporal's own SQLite file. */
  readonly temporalDb: string;
  /** Our SQLite file: archive, ledger, keys. */
  readonly orchestratorDb: string;
  /** Artifacts by content hash. */
  readonly artifacts: string;
  /** Working folders of tasks. */
  readonly work: string;
  /** Mirrors of repositories. */
  readonly mirrors: string;
  /** Homes of MCP servers that are programs. */
  readonly mcp: string;
  /** Repositories that the demo makes. */
  readonly examples: string;
  readonly logs: string;
  /** JSON lines of launcher, worker and API. */
  readonly log: string;
  /** What the Temporal server prints. */
  readonly temporalLog: string;
  /** Unix socket of the live notes; in the temporary folder when its path would be too long here. */
  readonly notesSocket: string;
  /** Where the API, Temporal and its Web UI are, written by the launcher. */
  readonly addresses: string;
  /** Held by the launcher as long as it lives. */
  readonly lock: string;
}

/** `sun_path` holds 108 bytes on Linux (104 on macOS) with the closing NUL. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** The layout of the data folder at `root` (default: `ORCHESTRATOR_DATA_DIR`). Touches nothing. */
export function dataDir(root?: string, env: Env = process.env): DataDir {
  const base = resolve(root ?? envString('ORCHESTRATOR_DATA_DIR', env));
  const logs = join(base, 'logs');
  return {
    root: base,
    temporalDb: join(base, 'temporal.db'),
    orchestratorDb: join(base, 'orchestrator.db'),
    artifacts: join(base, 'artifacts'),
    work: join(base, 'work'),
    mirrors: join(base, 'mirrors'),
    mcp: join(base, 'mcp'),
    examples: join(base, 'examples'),
    logs,
    log: join(logs, 'orchestrator.log'),
    temporalLog: join(logs, 'temporal.log'),
    notesSocket: notesSocketPath(base),
    addresses: join(base, 'addresses.json'),
    lock: join(base, 'lock'),
  };
}

/**
 * Makes the folders, readable by their owner only, and gives the layout with symbolic links resolved, so that
 * one folder has one name whichever way it was reached. Throws when it can't be written.
 */
export function createDataDir(root?: string, env: Env = process.env): DataDir {
  const wanted = dataDir(root, env);
  mkdirSync(wanted.root, { recursive: true, mode: 0o700 });
  const made = dataDir(realpathSync(wanted.root), env);
  for (const folder of [made.artifacts, made.work, made.logs]) mkdirSync(folder, { recursive: true });
  mkdirSync(made.mirrors, { recursive: true, mode: 0o700 });
  return made;
}

/** The id of this host, made at first use and kept in the data folder: `^[0-9a-f]{12}$`. */
export function hostId(dir: DataDir): string {
  const path = join(dir.root, 'host_id');
  const kept = readIfThere(path);
  if (kept) return kept;
  const temporary = `${path}.${randomUUID()}`;
  writeFileSync(temporary, randomUUID().replaceAll('-', '').slice(0, 12));
  try {
    // A link fails when another process was first, and never shows a half-written file.
    linkSync(temporary, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(path, 'utf8').trim();
}

function notesSocketPath(root: string): string {
  const inside = join(root, 'notes.sock');
  if (Buffer.byteLength(inside) <= MAX_SOCKET_PATH_BYTES) return inside;
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const name = `orchestrator-${process.getuid?.() ?? 'user'}-${hash}.sock`;
  const outside = join(tmpdir(), name);
  return Buffer.byteLength(outside) <= MAX_SOCKET_PATH_BYTES ? outside : join('/tmp', name);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
