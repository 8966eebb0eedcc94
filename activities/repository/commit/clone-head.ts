import { randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a clone's own repository says it is at; `odd` says why that can't be gone by. */
export type CloneHead = { sha: string } | { odd: string };

const SHA = /^[0-9a-f]{40}$/;
const REF = /^refs\/heads(\/[^/\0-\x20~^:?*[\\\x7f]+)+$/;
const PACKED_BYTES = 16 * 1024 ** 2;

/**
 * Reads HEAD of a clone as a file, without git: the configuration that lies there would be obeyed. Nothing that is a link is
 * followed.
 */
export function readCloneHead(folder: string): CloneHead {
  const place = headPlace(folder);
  if (!('path' in place)) return place;
  const { gitDir, path } = place;
  const sha = readPlain(gitDir, path, 4096) ?? readPacked(gitDir, path.join('/'));
  return sha !== null && SHA.test(sha) ? { sha } : { odd: 'its branch has no commit' };
}

/** Sets what a clone's own repository is at, in the same way; false: it can't be gone by, and is left alone. */
export function setCloneHead(folder: string, sha: string): boolean {
  const place = headPlace(folder);
  if (!('path' in place)) return false;
  const { gitDir, path } = place;
  const parents = path.slice(0, -1);
  const isPlain = parents.every((_, index) => {
    const parent = join(gitDir, ...parents.slice(0, index + 1));
    const stats = lstatSync(parent, { throwIfNoEntry: false });
    if (!stats) mkdirSync(parent);
    return !stats || stats.isDirectory();
  });
  const at = join(gitDir, ...path);
  if (!isPlain || lstatSync(at, { throwIfNoEntry: false })?.isDirectory()) return false;
  const made = join(gitDir, `head-${randomUUID()}`);
  writeFileSync(made, `${sha}\n`, { flag: 'wx' });
  renameSync(made, at);
  return true;
}

/** Where HEAD says the commit is: in a branch, or in itself. */
function headPlace(folder: string): { gitDir: string; path: string[] } | { odd: string } {
  const gitDir = join(folder, '.git');
  const stats = lstatSync(gitDir, { throwIfNoEntry: false });
  if (!stats) return { odd: 'its .git is gone' };
  if (!stats.isDirectory()) return { odd: 'its .git is no folder any more' };
  const head = readPlain(gitDir, ['HEAD'], 4096);
  if (head !== null && SHA.test(head)) return { gitDir, path: ['HEAD'] };
  const ref = head?.startsWith('ref: ') ? head.slice(5).trim() : '';
  if (!REF.test(ref) || ref.split('/').some((part) => part.startsWith('.')))
    return { odd: 'its HEAD names no branch' };
  return { gitDir, path: ref.split('/') };
}

function readPacked(gitDir: string, ref: string): string | null {
  const lines = readPlain(gitDir, ['packed-refs'], PACKED_BYTES)?.split('\n') ?? [];
  return lines.find((line) => line.slice(41) === ref)?.slice(0, 40) ?? null;
}

/** The text of a regular file below real folders only; null: there is none, or it is too long. */
function readPlain(folder: string, parts: readonly string[], limit: number): string | null {
  const path = parts.reduce<string | null>((parent, part) => {
    if (parent === null || !lstatSync(parent, { throwIfNoEntry: false })?.isDirectory()) return null;
    return join(parent, part);
  }, folder);
  if (path === null) return null;
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isFile() && stats.size <= limit ? readFileSync(path, 'utf8').trim() : null;
}
