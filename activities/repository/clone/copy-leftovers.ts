import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { copyFile, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { leadsThroughLink } from '../files/links.ts';
import { removeTree } from '../files/remove-tree.ts';
import { git } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { relocateVenv } from './relocate-venv.ts';

const COPY_SECONDS = 1800;
/** All but the owner: whoever copies it has it. */
const CP = ['cp', '-dR', '--preserve=mode,timestamps,links', '--reflink=auto', '--'];

export interface CopyInput {
  from: string;
  to: string;
  /** paths in both; folders with a slash at the end */
  entries: readonly string[];
}

/**
 * Copies files and folders from a checkout into another, each as a whole or not at all, without taking room where the file
 * system can. What is there stays, and nothing is read or written through a link.
 * @returns whether the file system can
 */
export async function copyLeftovers(
  { sandbox }: Pick<RepositoryHostDeps, 'sandbox'>,
  { from, to, entries }: CopyInput,
  signal: AbortSignal,
): Promise<boolean> {
  const copies: Copy[] = [];
  for (const entry of entries) {
    signal.throwIfAborted();
    const path = entry.replace(/\/$/, '');
    const [source, target] = [join(from, path), join(to, path)];
    if (path.split('/').includes('..')) continue;
    if ((await leadsThroughLink(from, path)) || (await leadsThroughLink(to, path))) continue;
    const is = await statsOf(source);
    if (!(is?.isDirectory() || is?.isFile()) || (await statsOf(target))) continue;
    await mkdir(dirname(target), { recursive: true });
    const half = `${target}.orchestrator-half`;
    await removeTree(half);
    if (is.isFile()) await copyFile(source, half, constants.COPYFILE_FICLONE);
    copies.push({ source, half, target, is_folder: is.isDirectory() });
  }
  const folders = copies.filter(({ is_folder }) => is_folder);
  if (folders.length > 0) {
    await git(['-0', '-n', '2', ...CP], {
      ...{ program: 'xargs', what: 'cp', cwd: from, signal, timeout_seconds: COPY_SECONDS },
      box: { sandbox, writable: [to], readable: [from] },
      input: folders.map(({ source, half }) => `${source}\0${half}\0`).join(''),
    });
  }
  for (const { half, target, is_folder } of copies) {
    if (is_folder) await relocateVenv({ folder: half, from, to });
    await rename(half, target);
  }
  return entries.length > 0 && (await canClone(dirname(from), dirname(to)));
}

interface Copy {
  source: string;
  /** beside the target, which it becomes */
  half: string;
  target: string;
  is_folder: boolean;
}

const statsOf = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);

/** Between two folders of ours, where no link of somebody else's can lie. */
async function canClone(from: string, to: string): Promise<boolean> {
  const name = `.clone-probe-${randomUUID()}`;
  const [source, target] = [join(from, name), join(to, name)];
  try {
    await writeFile(source, 'x');
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all([source, target].map((path) => rm(path, { force: true })));
  }
}
