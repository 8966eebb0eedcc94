import { createHash, randomUUID } from 'node:crypto';
import { existsSync, utimesSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryFailure } from '../failures.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { makeGitDir } from './bare.ts';

/** Whose copy of which repository. */
export interface MirrorName {
  owner: string;
  /** absolute path, or URL without credentials */
  location: string;
}

/** A mirror on this host. */
export interface Mirror {
  /** its bare repository */
  git_dir: string;
  /** what we keep beside it: locks, fences */
  folder: string;
}

/** Where the mirror is. Owners share none, for an agent can read all that is in one. */
export function mirrorFolder(mirrorsDir: string, { owner, location }: MirrorName): string {
  const readable = location
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/^.*[/:]/s, '')
    .replace(/[^A-Za-z0-9-]+/g, '-')
    .slice(0, 30);
  const hash = createHash('sha256')
    .update(JSON.stringify([owner, location]))
    .digest('hex')
    .slice(0, 20);
  return join(mirrorsDir, `${readable || 'repository'}-${hash}`);
}

/** Whether there is a mirror of it on this host. */
export const hasMirror = (
  { mirrors_dir }: Pick<RepositoryHostDeps, 'mirrors_dir'>,
  name: MirrorName,
): boolean => existsSync(join(mirrorFolder(mirrors_dir, name), 'git/HEAD'));

/**
 * The mirror of a repository on this host, made where it is not there. It has all objects, never a part of the history.
 * The time of its folder says when it was last used.
 */
export async function openMirror(
  deps: Pick<RepositoryHostDeps, 'mirrors_dir'>,
  name: MirrorName,
  signal: AbortSignal,
): Promise<Mirror> {
  signal.throwIfAborted();
  const folder = mirrorFolder(deps.mirrors_dir, name);
  const git_dir = join(folder, 'git');
  if (!existsSync(join(git_dir, 'HEAD'))) await make(folder);
  requireFull(git_dir);
  const now = new Date();
  utimesSync(folder, now, now);
  return { git_dir, folder };
}

/** @throws RepositoryRefused where history is cut off */
export function requireFull(gitDir: string): void {
  if (existsSync(join(gitDir, 'shallow'))) throw repositoryFailure('RepositoryRefused', SHALLOW);
}

/** What is said of a repository with a part of its history only. */
export const SHALLOW =
  'The repository is a shallow clone: it has only a part of its history. Run `git fetch --unshallow` in it, or name the repository that it is a clone of.';

// Made beside its place and moved there: whoever comes second finds it, and drops his own.
async function make(folder: string): Promise<void> {
  const made = `${folder}.new-${randomUUID()}`;
  await mkdir(made, { recursive: true });
  makeGitDir(join(made, 'git'), { config: CONFIG });
  await rename(made, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(made, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

/** All refs are hidden: nobody who is given its path can push into it, or fetch from it by a name. */
const CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	filesRefLockTimeout = 5000
	packedRefsTimeout = 5000
	logAllRefUpdates = false
[gc]
	auto = 0
[maintenance]
	auto = false
[transfer]
	hideRefs = refs/
[receive]
	autogc = false
	denyDeletes = true
	denyNonFastForwards = true
	denyCurrentBranch = refuse
`;
