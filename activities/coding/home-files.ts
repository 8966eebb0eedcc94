import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * Files in a HOME belong to the assistant: where the worker looks for one there may be a link to a file of the host, a pipe that
 * nobody writes to, or a million others. Nothing here leads out of the HOME, waits or grows without bound.
 */

/** More files are not looked at. */
const MOST_FILES = 10_000;
const DEPTH = 8;

/** The regular files below a folder in a HOME whose paths end so, by their paths in the HOME, in order. */
export function findInHome(home: string, folder: string, end: string): string[] {
  const found: string[] = [];
  let looked = 0;
  const walk = (at: string, depth: number): void => {
    if (depth > DEPTH || !isFolder(join(home, at))) return;
    const entries = opendirSync(join(home, at));
    try {
      for (let entry = entries.readSync(); entry && looked < MOST_FILES; entry = entries.readSync()) {
        looked += 1;
        const path = join(at, entry.name);
        if (entry.isDirectory()) walk(path, depth + 1);
        else if (entry.isFile() && path.endsWith(end)) found.push(path);
      }
    } finally {
      entries.closeSync();
    }
  };
  if (leadsThere(home, join(folder, 'any'))) walk(folder, 0);
  return found.sort();
}

/** Opens a regular file for reading; null: there is none. */
export function openInHome(home: string, path: string): number | null {
  if (!leadsThere(home, path)) return null;
  let fd: number;
  try {
    fd = openSync(join(home, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  return null;
}

/** Writes a file whole, with the folders that lead to it; whatever is in its place, or theirs, goes. */
export function writeInHome(home: string, path: string, content: string | Buffer): void {
  makeFolders(home, path);
  const file = join(home, path);
  const beside = join(dirname(file), `.${randomUUID()}`);
  writeFileSync(beside, content, { mode: 0o600, flag: 'wx' });
  if (isFolder(file)) rmSync(file, { recursive: true });
  renameSync(beside, file);
}

/** Makes the folders that lead to a file; what is none goes. */
export function makeFolders(home: string, path: string): void {
  for (const folder of leadingTo(path)) {
    const at = join(home, folder);
    if (isFolder(at)) continue;
    rmSync(at, { force: true });
    mkdirSync(at, { recursive: true, mode: 0o700 });
  }
}

/** Whether only real folders lead to it. */
const leadsThere = (home: string, path: string): boolean =>
  leadingTo(path).every((folder) => isFolder(join(home, folder)));

const isFolder = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The folders that lead to a path in a HOME, the outermost first. */
function leadingTo(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}
