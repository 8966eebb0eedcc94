import { constants, type Stats } from 'node:fs';
import { copyFile, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { leadsThroughLink } from '../files/links.ts';
import { removeTree } from '../files/remove-tree.ts';
import { git } from '../git/git.ts';
import { relocateVenv } from './relocate-venv.ts';

const COPY_SECONDS = 1800;

export interface CopyInput {
  from: string;
  to: string;
  /** paths in both; folders with a slash at the end */
  entries: readonly string[];
}

/**
 * Copies files and folders from a checkout into another, each as a whole or not at all, without taking room where the file
 * system can. What is there stays, and nothing is written through a link.
 * @returns whether the file system can
 */
export async function copyLeftovers({ from, to, entries }: CopyInput, signal: AbortSignal): Promise<boolean> {
  for (const entry of entries) {
    signal.throwIfAborted();
    const path = entry.replace(/\/$/, '');
    const target = join(to, path);
    if (await leadsThroughLink(to, path)) continue;
    if (await statsOf(target)) continue;
    await mkdir(dirname(target), { recursive: true });
    const half = `${target}.orchestrator-half`;
    await removeTree(half);
    if (entry.endsWith('/')) {
      await git(['-a', '--reflink=auto', '--', join(from, path), half], {
        program: 'cp',
        cwd: from,
        signal,
        timeout_seconds: COPY_SECONDS,
      });
      await relocateVenv({ folder: half, from, to });
    } else if ((await statsOf(join(from, path)))?.isFile()) {
      await copyFile(join(from, path), half, constants.COPYFILE_FICLONE);
    } else continue;
    await rename(half, target);
  }
  return entries.length > 0 && (await canClone(from, to));
}

const statsOf = (path: string): Promise<Stats | undefined> => lstat(path).catch(() => undefined);

async function canClone(from: string, to: string): Promise<boolean> {
  const source = join(from, '.git', 'clone-probe');
  const target = join(to, '.git', 'clone-probe');
  try {
    await writeFile(source, 'x');
    await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all([source, target].map((path) => rm(path, { force: true }).catch(() => undefined)));
  }
}
