import { isAbsolute } from 'node:path';
import { repositoryFailure } from '../failures.ts';
import { GitError, git, gitText } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import type { RemoteAccess } from '../remote/access.ts';
import { remoteProblem } from '../remote/problem.ts';
import { LocationRefused } from '../remote/refused.ts';
import { requireFull, SHALLOW } from './mirror.ts';

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
  const access = accessTo(deps, location);
  await requireWhole(access, signal);
  const branch = await defaultBranch(git_dir, access, signal).catch(inWords(access));
  await fetchFrom(git_dir, access, ['--prune'], [HEADS], signal).catch(inWords(access));
  requireFull(git_dir);
  return branch;
}

/**
 * Asks for a repository that there is no mirror of yet, so that none is made of one that can't be had.
 * @throws RepositoryRefused; GitError where it can't be reached
 */
export async function askFor(
  deps: Pick<RepositoryHostDeps, 'remoteAccess'>,
  location: string,
  signal: AbortSignal,
): Promise<void> {
  const access = accessTo(deps, location);
  await requireWhole(access, signal);
  const list = (...what: string[]) => listRemote('/', access, what, signal).catch(inWords(access));
  if ((await list('HEAD')) === '' && (await list('refs/heads/*')) === '') {
    throw repositoryFailure('RepositoryRefused', EMPTY);
  }
}

/** What is said of a repository without a commit. */
export const EMPTY = 'The repository is empty: it has no commit yet. Make one, and submit the job again.';

/** Fetches one commit by its sha, which not every server gives. @throws GitError */
export async function fetchCommit(
  deps: Pick<RepositoryHostDeps, 'remoteAccess'>,
  { git_dir, location, sha }: { git_dir: string; location: string; sha: string },
  signal: AbortSignal,
): Promise<void> {
  await fetchFrom(git_dir, accessTo(deps, location), [], [sha], signal);
}

/** @throws RepositoryRefused */
function accessTo(deps: Pick<RepositoryHostDeps, 'remoteAccess'>, location: string): RemoteAccess {
  try {
    return deps.remoteAccess(location);
  } catch (error) {
    if (error instanceof LocationRefused) throw repositoryFailure('RepositoryRefused', error.message);
    throw error;
  }
}

/** Tells what a remote refuses, and will refuse again, as RepositoryRefused; a GitError that may pass stays one. */
const inWords =
  (access: RemoteAccess) =>
  (error: unknown): never => {
    if (!(error instanceof GitError)) throw error;
    const { message, retryable } = remoteProblem(error, access);
    if (!retryable) throw repositoryFailure('RepositoryRefused', message);
    throw new GitError(message, error.code, error.stderr);
  };

const fetchFrom = (
  gitDir: string,
  { args, env, url, secret }: RemoteAccess,
  flags: readonly string[],
  what: readonly string[],
  signal: AbortSignal,
) =>
  git([...args, 'fetch', '--quiet', '--no-write-fetch-head', '--no-tags', ...flags, '--', url, ...what], {
    cwd: gitDir,
    env: { ...env },
    secret,
    signal,
    timeout_seconds: FETCH_SECONDS,
  });

async function defaultBranch(
  gitDir: string,
  access: RemoteAccess,
  signal: AbortSignal,
): Promise<string | null> {
  const text = await listRemote(gitDir, access, ['HEAD'], signal);
  return /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(text)?.[1] ?? null;
}

const listRemote = (
  cwd: string,
  { args, env, url, secret }: RemoteAccess,
  what: readonly string[],
  signal: AbortSignal,
): Promise<string> =>
  gitText([...args, 'ls-remote', '--symref', '--', url, ...what], {
    cwd,
    env: { ...env },
    secret,
    signal,
    timeout_seconds: 120,
  });

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
