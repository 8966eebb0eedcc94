import { posix } from 'node:path';
import { git } from '../git/git.ts';

/** One commit of a repository, looked at without a checkout. */
export interface Tree {
  git_dir: string;
  sha: string;
  signal: AbortSignal;
}

/** What stands at a path of a tree. */
export interface TreeEntry {
  /** bytes that are not UTF-8 as U+FFFD: to be shown, and not a name to look the file up by */
  path: string;
  kind: 'file' | 'link' | 'folder' | 'submodule';
  /** of its content */
  sha: string;
  /** in bytes; null where it is no file or link */
  size: number | null;
}

/** A listing, and whether it is all of it. */
export interface Listing {
  entries: TreeEntry[];
  truncated: boolean;
}

const LIST_BYTES = 32 * 1024 ** 2;
/** Links that lead to links. */
const HOPS = 5;

/** What lies at the root. @throws GitError */
export const listRoot = (tree: Tree): Promise<Listing> => list(tree, []);

/** All files, links and submodules, of a very large tree the first 32 MiB of names. @throws GitError */
export const listTree = (tree: Tree): Promise<Listing> => list(tree, ['-r']);

/** What stands at these paths, where something does; they are taken as they are. @throws GitError */
export async function entriesAt(tree: Tree, paths: readonly string[]): Promise<Map<string, TreeEntry>> {
  if (paths.length === 0) return new Map();
  const { entries } = await list(tree, [], paths);
  return new Map(entries.map((entry) => [entry.path, entry]));
}

/**
 * The file that an entry is, or leads to: links are followed within the tree, never out of it. Null: it leads to none.
 * @throws GitError
 */
export async function fileOf(tree: Tree, entry: TreeEntry | undefined): Promise<TreeEntry | null> {
  let at = entry;
  for (let hop = 0; at?.kind === 'link' && hop < HOPS; hop += 1) {
    const target = (await readBytes(tree, at, 4096)).bytes.toString('utf8');
    const path = posix.normalize(posix.join(posix.dirname(at.path), target));
    if (posix.isAbsolute(target) || path.startsWith('..') || path.includes('\0')) return null;
    at = (await entriesAt(tree, [path])).get(path);
  }
  return at?.kind === 'file' ? at : null;
}

/**
 * The text of a file, or its beginning of at most `limit` bytes. Null where it is binary: it has a NUL there.
 * @throws GitError
 */
export async function readText(
  tree: Tree,
  entry: TreeEntry,
  limit: number,
): Promise<{ text: string; truncated: boolean } | null> {
  const { bytes, truncated } = await readBytes(tree, entry, limit);
  if (bytes.includes(0)) return null;
  const text = new TextDecoder('utf-8').decode(bytes, { stream: truncated });
  return { text: text.replaceAll('\r\n', '\n'), truncated };
}

async function list(tree: Tree, options: string[], paths: readonly string[] = []): Promise<Listing> {
  const args = ['ls-tree', '-z', '-l', '--full-tree', ...options, '--end-of-options', tree.sha];
  const { stdout, truncated } = await read(tree, [...args, ...paths], LIST_BYTES);
  const end = stdout.lastIndexOf(0);
  const records = end <= 0 ? [] : stdout.toString('utf8', 0, end).split('\0');
  return { entries: records.map(toEntry), truncated };
}

async function readBytes(tree: Tree, entry: TreeEntry, limit: number) {
  const { stdout, truncated } = await read(tree, ['cat-file', 'blob', entry.sha], limit);
  return { bytes: stdout, truncated };
}

const read = ({ git_dir, signal }: Tree, args: string[], limit_bytes: number) =>
  git(args, {
    cwd: git_dir,
    signal,
    env: { GIT_DIR: git_dir, GIT_LITERAL_PATHSPECS: '1' },
    limit_bytes,
    cut: true,
  });

const KINDS: Record<string, TreeEntry['kind']> = {
  '120000': 'link',
  '040000': 'folder',
  '160000': 'submodule',
};

/** `<mode> <type> <sha> <size>\t<path>`, see git-ls-tree(1). */
function toEntry(record: string): TreeEntry {
  const tab = record.indexOf('\t');
  const [mode = '', , sha = '', size = '-'] = record.slice(0, tab).split(/ +/);
  return {
    path: record.slice(tab + 1),
    kind: KINDS[mode] ?? 'file',
    sha,
    size: size === '-' ? null : Number(size),
  };
}
