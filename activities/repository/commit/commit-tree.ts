import type { CommitInput } from '../../../contracts/repository/work.ts';
import { committedAt } from '../git/environment.ts';
import { git } from '../git/git.ts';
import { commitMessage } from './commit-message.ts';

/** Commits a tree as the work of a task. The same input gives the same sha; no ref names it. */
export async function commitTree(
  gitDir: string,
  input: Omit<CommitInput, 'from_sha' | 'source'> & { tree: string; parents: readonly string[] },
  signal: AbortSignal,
): Promise<string> {
  const parents = input.parents.flatMap((sha) => ['-p', sha]);
  const { stdout } = await git(['commit-tree', input.tree, ...parents, '-F', '-'], {
    cwd: gitDir,
    signal,
    input: commitMessage(input),
    env: committedAt(input.committed_at),
  });
  return stdout.toString('latin1').trim();
}
