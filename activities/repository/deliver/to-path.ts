import { statSync } from 'node:fs';
import type { DeliverResult } from '../../../contracts/repository/work.ts';
import { COMMITTER } from '../git/environment.ts';
import { GitError, type GitOptions, git, gitText } from '../git/git.ts';
import { type LocalRepository, repositoryAt } from '../remote/path.ts';
import { copyCommits } from './copy-commits.ts';
import { type DeliverDeps, GIT_SECONDS } from './deps.ts';

type Refusal = Extract<DeliverResult, { ok: false }>;
type Work = { git_dir: string; branch: string; base_sha: string; head_sha: string; path: string };

/**
 * Gives the repository at a path a branch. No program that it names is run: neither a fetch nor a push takes place there,
 * only objects are put in and one ref is moved. Where this process may, it does so as the user whom the repository
 * belongs to, who could otherwise not delete what is made.
 * @returns why the branch is not there; null: it is
 * @throws LocationRefused, or whatever the signal was aborted with
 */
export async function branchAtPath(
  deps: DeliverDeps,
  work: Work,
  signal: AbortSignal,
): Promise<Refusal | null> {
  const target = repositoryAt(deps.config.roots, work.path);
  const options = inside(target, deps.git_seconds ?? GIT_SECONDS, signal);
  try {
    return await moveBranch(work, options);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GitError)) throw error;
    return {
      ok: false,
      message: `The branch ${work.branch} can't be written to ${work.path}: ${error.message}.`,
      retryable: true,
    };
  }
}

async function moveBranch(work: Work, options: GitOptions): Promise<Refusal | null> {
  const { git_dir, branch, head_sha, path } = work;
  const ref = `refs/heads/${branch}`;
  const refuse = (why: string): Refusal => ({
    ok: false,
    message: `The repository ${path} ${why}, and nothing is forced. Rename it or delete it there, then deliver again.`,
    retryable: false,
  });
  const link = await git(['symbolic-ref', '--quiet', '--', ref], { ...options, codes: [0, 1, 128] });
  if (link.code === 0) return refuse(`has a branch ${branch} that stands for another one`);
  const found = await git(['show-ref', '--verify', '--hash', '--', ref], { ...options, codes: [0, 1, 128] });
  const before = found.code === 0 ? found.stdout.toString('utf8').trim() : null;
  if (before === head_sha) return null;
  const trees = (await gitText(['worktree', 'list', '--porcelain', '-z'], options)).split('\0');
  if (trees.includes(`branch ${ref}`)) {
    return {
      ok: false,
      message: `The branch ${branch} is checked out in the repository ${path}, and files that somebody works with are not changed. Switch to another branch there, then deliver again.`,
      retryable: false,
    };
  }
  if (!(await isRelated(work, options))) {
    return {
      ok: false,
      message: `The repository ${path} has nothing of the history that the job started from: another one lies there now. Put the old one back, then deliver again, or fetch the branch.`,
      retryable: false,
    };
  }
  await copyCommits({ from: git_dir, head_sha }, options);
  const contains = async (newer: string, older: string) => {
    const { code } = await git(['merge-base', '--is-ancestor', older, newer], { ...options, codes: [0, 1] });
    return code === 0;
  };
  if (before !== null && !(await contains(head_sha, before))) {
    // somebody went on from what was delivered before
    if (await contains(before, head_sha)) return null;
    return refuse(`has a branch ${branch} already with commits that this job does not know`);
  }
  const message = ['--create-reflog', '-m', 'orchestrator: delivered'];
  const old = before ?? '0'.repeat(head_sha.length);
  try {
    await git(['update-ref', '--no-deref', ...message, '--', ref, head_sha, old], options);
    return null;
  } catch (error) {
    if (!(error instanceof GitError) || !/exists; cannot create/.test(error.stderr)) throw error;
    return refuse(`has a branch whose name stands in the way of ${branch}`);
  }
}

/**
 * Whether it has the commit that the job started from, or that history's first one where it was written anew since. Of one that
 * has its history in part nobody can tell.
 */
async function isRelated({ git_dir, base_sha }: Work, there: GitOptions): Promise<boolean> {
  const has = async (shas: readonly string[]) => {
    const input = shas.map((sha) => `${sha}^{commit}\n`).join('');
    const { stdout } = await git(['cat-file', '--batch-check=%(objecttype)'], { ...there, input });
    return /^commit$/m.test(stdout.toString());
  };
  if (await has([base_sha])) return true;
  if ((await gitText(['rev-parse', '--is-shallow-repository'], there)).trim() === 'true') return true;
  const { signal, timeout_seconds } = there;
  const here = { cwd: git_dir, env: { GIT_DIR: git_dir }, signal, timeout_seconds };
  const first = await gitText(['rev-list', '--max-parents=0', '--end-of-options', base_sha], here);
  return await has(first.split('\n'));
}

/** How git is called there. Its folder is named to it, so that none above is looked for, whoever owns it. */
function inside({ git_dir }: LocalRepository, timeout_seconds: number, signal: AbortSignal): GitOptions {
  const { uid, gid } = statSync(git_dir);
  const as_owner = process.getuid?.() === 0 && uid !== 0;
  return {
    cwd: git_dir,
    signal,
    timeout_seconds,
    user: as_owner ? { uid, gid } : undefined,
    env: {
      GIT_DIR: git_dir,
      // one that has its objects in part would fetch what we ask for
      GIT_ALLOW_PROTOCOL: 'none',
      // that of this user is not theirs to read
      ...(as_owner ? { GIT_CONFIG_GLOBAL: '/dev/null' } : {}),
      GIT_COMMITTER_NAME: COMMITTER.name,
      GIT_COMMITTER_EMAIL: COMMITTER.email,
    },
  };
}
