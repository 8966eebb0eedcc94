import { isAbsolute } from 'node:path';
import { repositoryFailure } from './failures.ts';
import { git, gitText } from './git/git.ts';
import type { RepositoryHostDeps } from './host.ts';
import { requireFull, SHALLOW } from './mirror.ts';
import { type RemoteAccess, reaching } from './remote/access.ts';

const FETCH_SECONDS = 3600;
const HEADS = '+refs/heads/*:refs/remotes/origin/*';

/**
 * Fetches all branches of a repository into its mirror, below `refs/remotes/origin/`. One at a time per mirror.
 * @returns its default branch; null: it has none
 */
export async function fetchHeads(
  deps: Pick<RepositoryHostDeps, 'remoteAccess'>,
  { git_dir, location }: { git_dir: string; location: string },
  signal: AbortSignal,
): Promise<string | null> {
  const access = deps.remoteAccess(location);
  await requireWhole(access, signal);
  const branch = await defaultBranch(git_dir, access, signal);
  await fetchFrom(git_dir, access, ['--prune'], [HEADS], signal);
  requireFull(git_dir);
  return branch;
}

/** Fetches one commit by its sha, which not every server gives. @throws GitError */
export async function fetchCommit(
  deps: Pick<RepositoryHostDeps, 'remoteAccess'>,
  { git_dir, location, sha }: { git_dir: string; location: string; sha: string },
  signal: AbortSignal,
): Promise<void> {
  await fetchFrom(git_dir, deps.remoteAccess(location), [], [sha], signal);
}

const fetchFrom = (
  gitDir: string,
  access: RemoteAccess,
  flags: readonly string[],
  what: readonly string[],
  signal: AbortSignal,
) =>
  git(
    [
      ...access.args,
      'fetch',
      '--quiet',
      '--no-write-fetch-head',
      '--no-tags',
      ...flags,
      '--',
      access.url,
      ...what,
    ],
    { cwd: gitDir, ...reaching(access), signal, timeout_seconds: FETCH_SECONDS },
  );

async function defaultBranch(
  gitDir: string,
  access: RemoteAccess,
  signal: AbortSignal,
): Promise<string | null> {
  const { args, url } = access;
  const text = await gitText([...args, 'ls-remote', '--symref', '--', url, 'HEAD'], {
    cwd: gitDir,
    ...reaching(access),
    signal,
    timeout_seconds: 120,
  });
  return /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(text)?.[1] ?? null;
}

/** What a path can be asked before anything is fetched. */
async function requireWhole({ url }: RemoteAccess, signal: AbortSignal): Promise<void> {
  if (!isAbsolute(url)) return;
  const text = await gitText(['rev-parse', '--is-shallow-repository', '--show-object-format'], {
    cwd: url,
    signal,
  });
  const [shallow, format] = text.split('\n');
  if (shallow === 'true') throw repositoryFailure('RepositoryRefused', SHALLOW);
  if (format !== 'sha1') {
    throw repositoryFailure(
      'RepositoryRefused',
      `The repository names its objects by ${format}; jobs can work with sha1 only.`,
    );
  }
}
