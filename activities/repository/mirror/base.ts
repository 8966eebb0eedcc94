import { join } from 'node:path';
import { baseBranchOf, jobOfRef } from '../../../core/repository/refs.ts';
import { repositoryFailure } from '../failures.ts';
import { shown } from '../files/shown.ts';
import { GitError, git, gitText } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { exclusively } from './exclusive.ts';
import { askFor, EMPTY, fetchHeads } from './fetch-heads.ts';
import { hasMirror, type MirrorName, openMirror } from './mirror.ts';
import { readRef, setRef } from './ref.ts';

/** What a job starts from. */
export interface Base {
  git_dir: string;
  base_branch: string;
  base_sha: string;
}

/**
 * Fetches the repository, and pins the commit that the job starts from: a repetition gives the same, wherever the branch
 * is by then.
 * @throws RepositoryRefused in words for a person; GitError where it can't be reached
 */
export async function fetchBase(
  deps: RepositoryHostDeps,
  input: MirrorName & { job_id: string; base_branch: string | null },
  signal: AbortSignal,
): Promise<Base> {
  if (!hasMirror(deps, input)) await askFor(deps, input.location, signal);
  const { git_dir, folder } = await openMirror(deps, input, signal);
  return await exclusively(join(folder, 'locks', 'fetch'), signal, async () => {
    const default_branch = await fetchHeads(deps, { git_dir, location: input.location }, signal);
    const base_branch = input.base_branch ?? default_branch;
    const pin = `refs/heads/${baseBranchOf(input.job_id)}`;
    const pinned = await readRef(git_dir, pin, signal);
    const base_sha = pinned ?? (await tipOf(git_dir, base_branch, signal));
    if (base_branch === null || base_sha === null) throw await noBranch(git_dir, base_branch, signal);
    await refuseLfs(git_dir, base_sha, signal);
    if (pinned === null) await setRef(git_dir, { ref: pin, to: base_sha, from: null }, signal);
    return { git_dir, base_branch, base_sha };
  });
}

const tipOf = async (gitDir: string, branch: string | null, signal: AbortSignal): Promise<string | null> =>
  branch === null ? null : await readRef(gitDir, `refs/remotes/origin/${branch}`, signal);

const LISTED = 10;

async function noBranch(gitDir: string, branch: string | null, signal: AbortSignal) {
  const format = ['--format=%(refname:lstrip=3)', `--count=${1000 * LISTED}`, '--sort=-committerdate'];
  const text = await gitText(['for-each-ref', ...format, 'refs/remotes/origin'], { cwd: gitDir, signal });
  const names = text.split('\n').filter((name) => name !== '' && jobOfRef(`refs/heads/${name}`) === null);
  if (names.length === 0) {
    return repositoryFailure('RepositoryRefused', EMPTY);
  }
  const list = names.slice(0, LISTED).map(shown).join(', ');
  const more = names.length > LISTED ? ', and others' : '';
  const problem =
    branch === null
      ? 'The repository has no default branch: its HEAD names none.'
      : `The repository has no branch ${shown(branch)}.`;
  return repositoryFailure('RepositoryRefused', `${problem} Set base_branch to one of: ${list}${more}.`);
}

/** Without git-lfs the clones would hold pointers in the place of files. */
async function refuseLfs(gitDir: string, sha: string, signal: AbortSignal): Promise<void> {
  const found = await git(
    [
      'grep',
      '-l',
      '-z',
      '-I',
      '-E',
      '-e',
      '^[^#]*[[:space:]]filter=lfs',
      sha,
      '--',
      ':(glob)**/.gitattributes',
    ],
    { cwd: gitDir, signal, codes: [0, 1] },
  ).catch((error: unknown) => {
    if (error instanceof GitError) return undefined; // a tree that can't be searched is found out by the checkout
    throw error;
  });
  const file = found?.stdout
    .toString('utf8')
    .split('\0')[0]
    ?.slice(sha.length + 1);
  if (!file) return;
  throw repositoryFailure(
    'RepositoryRefused',
    `The repository keeps files in Git LFS (${shown(file)} says filter=lfs). Repository jobs do not support that yet.`,
  );
}
