import { git } from '../git/git.ts';
import { type ChangedPath, fold, type Listing } from './listing.ts';

/** Two paths that are one where case does not count; bytes as latin1. */
export type Twins = [there: string, added: string];

/**
 * Paths that a merge adds beside one that is there already and differs in case only: on many machines such a tree can't be
 * checked out. Not those that the merged work has side by side itself.
 * @param listing of the tree that is merged into
 * @param changes what the merge does to it
 * @param part the commit that is merged
 */
export async function findTwins(
  gitDir: string,
  { listing, changes, part }: { listing: Listing; changes: readonly ChangedPath[]; part: string },
  signal: AbortSignal,
): Promise<Twins[]> {
  const gone = new Set(changes.filter(({ mode }) => mode === '').map(({ path }) => path));
  const found = changes.flatMap(({ path, added }): Twins[] => {
    const there = added ? listing.folded.get(fold(path)) : undefined;
    return there === undefined || there === path || gone.has(there) ? [] : [[there, path]];
  });
  if (found.length === 0) return [];
  const { stdout } = await git(
    ['ls-tree', '-r', '-z', '--full-tree', '--name-only', '--end-of-options', part],
    {
      cwd: gitDir,
      env: { GIT_DIR: gitDir },
      signal,
      limit_bytes: 512 * 1024 ** 2,
    },
  );
  const own = new Set(stdout.toString('latin1').split('\0'));
  return found.filter(([there]) => !own.has(there));
}
