import { git } from '../git/git.ts';
import type { AttributesFile } from './attributes.ts';

/** What a merge has to know of the tree it merges into. Paths are bytes as latin1. */
export interface Listing {
  /** blobs of files `.gitattributes`, by their path */
  attributes: Map<string, string>;
  /** a path by what it is where case does not count */
  folded: Map<string, string>;
}

/** A path that differs between two trees. */
export interface ChangedPath {
  path: string;
  /** empty: it is gone */
  mode: string;
  blob: string;
  added: boolean;
}

/** Lists a commit's tree. */
export async function readListing(gitDir: string, sha: string, signal: AbortSignal): Promise<Listing> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', '--end-of-options', sha], {
    cwd: gitDir,
    env: { GIT_DIR: gitDir },
    signal,
    limit_bytes: LIST_BYTES,
  });
  const listing: Listing = { attributes: new Map(), folded: new Map() };
  for (const record of stdout.toString('latin1').split('\0')) {
    const tab = record.indexOf('\t');
    if (tab < 0) continue;
    const [mode, , blob] = record.slice(0, tab).split(' ');
    enter(listing, { path: record.slice(tab + 1), mode: mode!, blob: blob! });
  }
  return listing;
}

/** What is different in `to`, two trees or commits. */
export async function readChanges(
  gitDir: string,
  { from, to }: { from: string; to: string },
  signal: AbortSignal,
): Promise<ChangedPath[]> {
  const { stdout } = await git(
    ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--end-of-options', from, to],
    { cwd: gitDir, env: { GIT_DIR: gitDir }, signal, limit_bytes: LIST_BYTES },
  );
  const parts = stdout.toString('latin1').split('\0');
  const changes: ChangedPath[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [, mode, , blob, status] = parts[at]!.split(' ');
    const isGone = status === 'D';
    changes.push({
      path: parts[at + 1]!,
      mode: isGone ? '' : mode!,
      blob: isGone ? '' : blob!,
      added: status === 'A',
    });
  }
  return changes;
}

/** Brings a listing to the tree that has these changes. */
export function applyChanges(listing: Listing, changes: readonly ChangedPath[]): void {
  for (const { path, mode } of changes) {
    if (mode !== '') continue;
    listing.attributes.delete(path);
    if (listing.folded.get(fold(path)) === path) listing.folded.delete(fold(path));
  }
  for (const change of changes) if (change.mode !== '') enter(listing, change);
}

/** Its files of attributes, for `attributesFile`. */
export const attributesOf = ({ attributes }: Listing): AttributesFile[] =>
  [...attributes].map(([path, blob]) => ({
    folder: path.slice(0, Math.max(0, path.lastIndexOf('/'))),
    blob,
  }));

/** Equal for paths that are one on a file system where neither case nor the way of writing an accent counts. */
export function fold(path: string): string {
  const text = Buffer.from(path, 'latin1').toString('utf8');
  // not UTF-8: only the letters of ASCII have a case
  if (text.includes('\uFFFD')) return path.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return text.normalize('NFC').toLowerCase();
}

const LIST_BYTES = 512 * 1024 ** 2;

function enter(listing: Listing, { path, mode, blob }: { path: string; mode: string; blob: string }): void {
  listing.folded.set(fold(path), path);
  if (!/(^|\/)\.gitattributes$/.test(path)) return;
  // git follows no link of that name either
  if (mode.startsWith('100')) listing.attributes.set(path, blob);
  else listing.attributes.delete(path);
}
