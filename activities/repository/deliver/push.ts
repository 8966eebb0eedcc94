import type { DeliverResult } from '../../../contracts/repository/work.ts';
import { git } from '../git/git.ts';
import { remoteProblem, serverSaid } from '../remote/problem.ts';
import { type DeliverDeps, GIT_SECONDS } from './deps.ts';

type Refusal = Extract<DeliverResult, { ok: false }>;

/**
 * Pushes a commit as a branch; never by force.
 * @returns why it is not there; null: it is
 * @throws LocationRefused, or whatever the signal was aborted with
 */
export async function pushBranch(
  deps: DeliverDeps,
  work: { git_dir: string; branch: string; head_sha: string; location: string },
  signal: AbortSignal,
): Promise<Refusal | null> {
  const { git_dir, branch, head_sha } = work;
  const access = deps.remoteAccess(work.location);
  try {
    const { stdout, stderr } = await git(
      [
        ...access.args,
        'push',
        '--porcelain',
        '--no-verify',
        '--no-follow-tags',
        '--no-signed',
        '--recurse-submodules=no',
        '--',
        access.url,
        `${head_sha}:refs/heads/${branch}`,
      ],
      {
        cwd: git_dir,
        signal,
        env: { ...access.env, GIT_DIR: git_dir },
        secret: access.secret,
        timeout_seconds: deps.git_seconds ?? GIT_SECONDS,
        limit_bytes: OUTPUT_BYTES,
        cut: true,
        codes: [0, 1],
      },
    );
    const why = refusalOf(stdout.toString('utf8'));
    if (why === null) return null;
    const message = `${access.url} ${inWords(why, branch)}${serverSaid(stderr)}`;
    return { ok: false, message, retryable: false };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, ...remoteProblem(error, access) };
  }
}

const OUTPUT_BYTES = 64 * 1024;

/** From `git push --porcelain`: a line `!`, the refs, and what became of them, between tabs. */
function refusalOf(stdout: string): string | null {
  const line = stdout.split('\n').find((line) => line.startsWith('!\t'));
  return line === undefined ? null : (line.split('\t')[2] ?? 'rejected').replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}

function inWords(why: string, branch: string): string {
  if (/^\[rejected\]/.test(why)) {
    return `has a branch ${branch} already with commits that this job does not know, and nothing is forced. Rename it or delete it there, then deliver again.`;
  }
  const reason = /\((.*)\)$/.exec(why)?.[1] ?? why;
  return `refused the branch ${branch}: ${reason}.`;
}
