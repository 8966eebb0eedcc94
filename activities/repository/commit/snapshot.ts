import { createHash } from 'node:crypto';
import { lstatSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { repositoryFailure } from '../failures.ts';
import { listed } from '../files/shown.ts';
import { overTree, type TreeUnderGit } from '../git/over-tree.ts';
import { bytesOf, named, type Scan, scanFolder } from './scan.ts';

/** A folder as a tree of git. */
export interface Snapshot {
  /** sha */
  tree: string;
  ignored_files: number;
  warnings: string[];
}

export interface SnapshotInput extends TreeUnderGit {
  /** what the index has, by paths as Latin-1 */
  entries: ReadonlyMap<string, IndexEntry>;
  /** paths of submodules that are left as the index has them, as Latin-1 */
  submodules: ReadonlySet<string>;
  /** of one file that has changed */
  file_bytes: number;
}

const ENTRIES = 1_000_000;
const LIST_BYTES = 512 * 1024 ** 2;
const SECONDS = 1800;
const SHA = /^[0-9a-f]{40}$/;

/**
 * Brings the index to what lies in the folder, and writes its tree. Git is told every path: it walks through nothing, and
 * so asks no repository that lies in there. Files of such are taken like others; links are taken as links.
 * @throws CommitRefused
 */
export async function takeSnapshot(input: SnapshotInput, signal: AbortSignal): Promise<Snapshot> {
  const run = overTree(input);
  const call = { signal, timeout_seconds: SECONDS, limit_bytes: LIST_BYTES };
  const { entries } = input;
  const files = [...entries].filter(
    ([path, { mode }]) => mode !== GITLINK && !inside(path, input.submodules),
  );
  const tracked = new Set(files.map(([path]) => path));
  const scan = await scanFolder({
    folder: input.folder,
    tracked,
    submodules: input.submodules,
    entry_limit: ENTRIES,
    async ignored(paths) {
      // With `./` at its head no path is a pattern.
      const { stdout } = await run([['check-ignore', '-z', '--stdin', '--no-index']], {
        ...call,
        input: zeroEnded(paths.map((path) => `./${path}`)),
        codes: [0, 1],
      });
      return new Set(
        stdout
          .toString('latin1')
          .split('\0')
          .map((path) => path.slice(2)),
      );
    },
  });
  const pointers = [...entries].filter(([path, { mode }]) => mode === GITLINK && !input.submodules.has(path));
  const removed = [
    ...pointers.map(([path]) => path),
    ...[...tracked].filter((path) => !scan.present.has(path)),
  ];
  const changed = [...(await changedFiles(input, removed, signal)), ...scan.untracked];
  refuseLarge(input, changed);
  const links = linksOut(input.folder, changed, entries);
  const { stdout, stderr } =
    changed.length > 0
      ? await run([['update-index', '-z', '--add', '--stdin'], ['write-tree']], {
          ...call,
          input: zeroEnded(changed),
        })
      : await run([['write-tree']], call);
  const tree = stdout.toString('latin1').trim();
  if (!SHA.test(tree)) throw new Error('git did not say which tree it wrote');
  return { tree, ignored_files: scan.ignored_files, warnings: warningsOf(scan, links, stderr) };
}

/** A file as the index has it. */
export interface IndexEntry {
  mode: string;
  sha: string;
}

export const GITLINK = '160000';

/** What the index has, by paths as Latin-1; `sha`: once a commit or tree was read into it. */
export async function readIndex(
  tree: TreeUnderGit,
  sha: string | null,
  signal: AbortSignal,
): Promise<Map<string, IndexEntry>> {
  const list = ['ls-files', '-s', '-z'];
  const { stdout } = await overTree(tree)(sha === null ? [list] : [['read-tree', '--reset', sha], list], {
    signal,
    limit_bytes: LIST_BYTES,
  });
  const lines = stdout.toString('latin1').split('\0').filter(Boolean);
  return new Map(
    lines.map((line) => [
      line.slice(line.indexOf('\t') + 1),
      { mode: line.slice(0, 6), sha: line.slice(7, 47) },
    ]),
  );
}

/**
 * Tracked files that differ, once those that were removed are out of the index. Submodules are out of it meanwhile: to tell
 * whether they have changed, git would read what lies there as a repository.
 */
async function changedFiles(
  input: SnapshotInput,
  removed: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const run = overTree(input);
  const call = { signal, timeout_seconds: SECONDS, limit_bytes: LIST_BYTES };
  const submodules = [...input.submodules];
  const forgotten = [...removed, ...submodules];
  const compare = [
    ...['diff-files', '--name-only', '-z', '--no-ext-diff', '--no-renames'],
    '--ignore-submodules=all',
  ];
  const { stdout } =
    forgotten.length > 0
      ? await run([['update-index', '-z', '--force-remove', '--stdin'], compare], {
          ...call,
          input: zeroEnded(forgotten),
        })
      : await run([compare], call);
  if (submodules.length > 0) {
    const lines = submodules.map((path) => `${GITLINK} ${input.entries.get(path)!.sha}\t${path}`);
    await run([['update-index', '-z', '--index-info']], { ...call, input: zeroEnded(lines) });
  }
  return stdout.toString('latin1').split('\0').filter(Boolean);
}

function refuseLarge({ folder, file_bytes }: SnapshotInput, paths: string[]): void {
  const large = paths.filter((path) => {
    const stats = lstatSync(bytesOf(folder, path));
    return stats.isFile() && stats.size > file_bytes;
  });
  if (large.length === 0) return;
  throw repositoryFailure(
    'CommitRefused',
    `Larger than ${file_bytes} bytes: ${large.slice(0, 10).map(named).join(', ')}. Remove it, or add it to .gitignore.`,
  );
}

/** New or changed links that lead out of the folder. */
function linksOut(folder: string, paths: string[], entries: ReadonlyMap<string, IndexEntry>): string[] {
  return paths.filter((path) => {
    const full = bytesOf(folder, path);
    if (!lstatSync(full).isSymbolicLink()) return false;
    const target = readlinkSync(full, { encoding: 'buffer' });
    if (entries.get(path)?.sha === blobSha(target)) return false;
    const text = target.toString('latin1');
    return text.startsWith('/') || posix.join(posix.dirname(path), text).startsWith('..');
  });
}

const blobSha = (bytes: Buffer): string =>
  createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

function warningsOf({ nested, refused, special }: Scan, links: string[], declined: string): string[] {
  const other = declined.split('\n').flatMap((line) => /^Ignoring path (.*)$/.exec(line)?.[1] ?? []);
  const lines: [string[], string][] = [
    [nested, 'repositories inside of the repository, committed as plain files without their history'],
    [
      [...refused, ...other.map((name) => Buffer.from(name).toString('latin1'))],
      'names that git does not take, left out',
    ],
    [special, 'neither files nor links, left out'],
    [links, 'links that lead out of the repository'],
  ];
  return lines.flatMap(([paths, what]) =>
    paths.length > 0 ? [`${what}: ${listed(paths.map(toUtf8))}`] : [],
  );
}

const inside = (path: string, submodules: ReadonlySet<string>): boolean => {
  for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1)) {
    if (submodules.has(path.slice(0, end))) return true;
  }
  return false;
};

const toUtf8 = (path: string): string => Buffer.from(path, 'latin1').toString('utf8');
const zeroEnded = (paths: string[]): Buffer =>
  Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
