import { join } from 'node:path';
import { GitError, git } from '../git/git.ts';

/** Landings between two packs: so many are in files of their own, which takes git longer to read. */
const EVERY = 8;
const SECONDS = 600;

/**
 * Packs what has landed in a job, at every eighth landing, so that the fiftieth takes as long as the first: each reads all that
 * has landed since the base. What is packed is no longer kept in files of its own. Where it fails, nothing has changed.
 */
export async function packLanded(
  git_dir: string,
  { fence, base_sha, head_sha }: { fence: number; base_sha: string; head_sha: string },
  signal: AbortSignal,
): Promise<void> {
  if (fence % EVERY !== 0) return;
  const call = { cwd: git_dir, env: { GIT_DIR: git_dir }, signal, timeout_seconds: SECONDS };
  const pack = join(git_dir, 'objects/pack/pack');
  try {
    await git(['pack-objects', '--revs', '-q', pack], { ...call, input: `${head_sha}\n^${base_sha}\n` });
    await git(['prune-packed', '-q'], call);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof GitError)) throw error;
  }
}
