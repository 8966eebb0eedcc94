import { ApplicationFailure } from '@temporalio/common';
import type { MergePart } from '../../../contracts/repository/work.ts';
import { git } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { fetchBundle } from './bundle.ts';

/**
 * Brings the work of tasks into a repository, from its bundles where it is not there.
 * @throws WorkMissing where it is in none
 */
export async function haveParts(
  deps: { store: Pick<RepositoryHostDeps['store'], 'openContent'> },
  { git_dir, parts }: { git_dir: string; parts: readonly MergePart[] },
  signal: AbortSignal,
): Promise<void> {
  const missing = await missingCommits(
    git_dir,
    parts.map(({ head_sha }) => head_sha),
    signal,
  );
  for (const { task_id, head_sha, bundle_ref } of parts) {
    if (!missing.has(head_sha)) continue;
    const got = bundle_ref && (await fetchBundle(deps, { git_dir, bundle_ref }, signal));
    if (got !== head_sha) throw workMissing(`the work of ${task_id}, commit ${head_sha}`);
  }
}

/** @throws WorkMissing where a commit is not in a repository */
export async function requireCommit(gitDir: string, sha: string, signal: AbortSignal): Promise<void> {
  if (!(await hasCommit(gitDir, sha, signal))) throw workMissing(`the commit ${sha}`);
}

export const hasCommit = async (gitDir: string, sha: string, signal: AbortSignal): Promise<boolean> =>
  (await missingCommits(gitDir, [sha], signal)).size === 0;

async function missingCommits(
  gitDir: string,
  shas: readonly string[],
  signal: AbortSignal,
): Promise<Set<string>> {
  if (shas.length === 0) return new Set();
  const { stdout } = await git(['cat-file', '--batch-check=%(objectname)'], {
    cwd: gitDir,
    env: { GIT_DIR: gitDir },
    signal,
    input: shas.map((sha) => `${sha}^{commit}\n`).join(''),
  });
  const lines = stdout.toString('latin1').split('\n');
  return new Set(shas.filter((sha, index) => lines[index] !== sha));
}

/** Nothing that is tried again on this host helps: what was made on another has to be made anew here first. */
function workMissing(what: string): ApplicationFailure {
  const message = `This host does not have ${what}: it has to be merged here first.`;
  const failure = ApplicationFailure.nonRetryable(message, 'WorkMissing');
  failure.stack = '';
  return failure;
}
