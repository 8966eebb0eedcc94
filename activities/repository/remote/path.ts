import { readFileSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { LocationRefused } from './refused.ts';

/** A repository on this machine. */
export interface LocalRepository {
  /** as it was found, without symbolic links */
  path: string;
  /** where its refs and HEAD are: of a linked worktree, its own */
  git_dir: string;
}

/** Alternates of alternates are followed this far; git itself stops there too. */
const MAX_ALTERNATES = 5;
/** Of the small files that lead from one folder to another. */
const MAX_BYTES = 64 * 1024;

/**
 * Finds the repository at a path, which with everything that it is made of must lie below one of the roots: a link, a
 * `.git` file or alternates could otherwise give out what lies elsewhere.
 * @throws LocationRefused
 */
export function repositoryAt(roots: readonly string[], location: string): LocalRepository {
  if (roots.length === 0) {
    throw new LocationRefused(
      'Repositories at paths are not allowed: no folder is named at repositories.roots of the configuration.',
    );
  }
  const path = real(location);
  const inside = realRoots(roots);
  // what is outside is not looked at: the answer would tell what is there
  if (path === null || !inside(path)) {
    if (path === null && !inside(resolve(location))) throw outside(location);
    throw path === null ? new LocationRefused(`There is no folder ${location}.`) : outside(location);
  }
  const git_dir = gitDirOf(path);
  if (git_dir === null) {
    throw new LocationRefused(`${location} is not a git repository: name the folder that has .git in it.`);
  }
  for (const part of partsOf(git_dir)) {
    if (!inside(part)) {
      throw new LocationRefused(
        `Parts of the repository ${location} lie outside of repositories.roots of the configuration: it is a worktree of another one, or borrows objects of one.`,
      );
    }
  }
  return { path, git_dir };
}

const outside = (location: string): LocationRefused =>
  new LocationRefused(
    `${location} is not below a folder that repositories.roots of the configuration names.`,
  );

function realRoots(roots: readonly string[]): (path: string) => boolean {
  const folders = roots.flatMap((root) => real(root) ?? []);
  return (path) => folders.some((folder) => isBelow(folder, path));
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Null: there is nothing, or it may not be looked at. */
function real(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** Null: the folder is no repository. Folders above are not looked at, as git would. */
function gitDirOf(path: string): string | null {
  const inner = real(join(path, '.git'));
  if (inner === null) return looksBare(path) ? path : null;
  if (statSync(inner).isDirectory()) return looksBare(inner) ? inner : null;
  const named = /^gitdir: (.+)$/m.exec(small(inner))?.[1];
  const git_dir = named === undefined ? null : real(resolve(path, named));
  return git_dir !== null && real(join(git_dir, 'HEAD')) !== null ? git_dir : null;
}

const looksBare = (folder: string): boolean =>
  ['HEAD', 'objects', 'refs'].every((name) => real(join(folder, name)) !== null);

/** Every folder that git would read: of the repository, and those whose objects it borrows. */
function partsOf(git_dir: string): string[] {
  const named = small(join(git_dir, 'commondir')).trim();
  const common = named === '' ? git_dir : resolve(git_dir, named);
  return [
    ...[git_dir, common, ...['HEAD', 'refs', 'packed-refs'].map((name) => join(common, name))],
    ...objectFolders(join(common, 'objects'), 0),
  ].flatMap((path) => real(path) ?? []);
}

function objectFolders(objects: string, depth: number): string[] {
  const here = [objects, join(objects, 'pack')];
  if (depth === MAX_ALTERNATES) return here;
  const borrowed = small(join(objects, 'info', 'alternates'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return [...here, ...borrowed.flatMap((line) => objectFolders(resolve(objects, line), depth + 1))];
}

/** The beginning of a small file; empty where there is none, or something else. */
function small(path: string): string {
  try {
    if (!statSync(path).isFile()) return '';
    return readFileSync(path).subarray(0, MAX_BYTES).toString('utf8');
  } catch {
    return '';
  }
}
