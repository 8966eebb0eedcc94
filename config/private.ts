import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDir } from './data-dir.ts';

/** The umask that this process came with; undefined until it was changed. */
let given: number | undefined;

/** Files and sockets that this process and its children make from now on are for its own user only. */
export function keepPrivate(): void {
  given ??= process.umask(0o077);
}

/**
 * The umask that this process came with, for programs that it starts: what a command writes into a person's folder has the
 * modes that it would have had if that person had run it. What it leaves in the data folder is closed by the folder.
 * Undefined: the one that this process has.
 */
export const givenUmask = (): number | undefined => given;

/**
 * Runs something under a umask; undefined: the one that this process has.
 * @param start does it before it returns
 */
export function withUmask<T>(umask: number | undefined, start: () => T): T {
  if (umask === undefined) return start();
  const ours = process.umask(umask);
  try {
    return start();
  } finally {
    process.umask(ours);
  }
}

/** Runs something that starts a program before it returns, see {@link givenUmask}. */
export const withGivenUmask = <T>(start: () => T): T => withUmask(given, start);

const OTHERS = 0o077;
const STICKY = 0o1000;
/** Files and folders of ours right in the data folder; it may hold others. */
const OURS =
  /^((temporal|orchestrator)\.db.*|artifacts|work|mirrors|logs|host_id|addresses\.json|children\.json|lock(\.pid)?|notes\.sock)$/;

/**
 * Takes an existing data folder, and what we keep right in it, from other users: earlier versions left that to the
 * umask. Gives what to log where something was open; leaves alone what belongs to another user.
 */
export function closeToOthers(dir: DataDir): string | undefined {
  if (lstatSync(dir.root).mode & STICKY) return undefined; // /tmp or its like, for everybody by intent
  const inside = (folder: string) => readdirSync(folder).map((name) => join(folder, name));
  const paths = [
    dir.root,
    ...inside(dir.root).filter((path) => OURS.test(path.slice(dir.root.length + 1))),
    ...inside(dir.logs),
  ];
  const opened = paths.filter(closeOne);
  if (opened.length === 0) return undefined;
  return `other users of this machine could reach ${opened.length} of the files and folders in ${dir.root}; they are now private to their owner (0700, 0600)`;
}

/** Whether it was open, and is ours to close. */
function closeOne(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.isSymbolicLink() || !(found.mode & OTHERS) || found.uid !== process.getuid?.())
    return false;
  chmodSync(path, found.isDirectory() ? 0o700 : 0o600);
  return true;
}
