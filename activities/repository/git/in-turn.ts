import { type GitOptions, type GitResult, git, subcommand } from './git.ts';

/** Arguments of a call of git. */
export type GitCall = readonly string[];

/**
 * Runs calls of git one after the other, as long as each ends well. The first has the input, and what they print comes together.
 * In a sandbox they share it: making one takes longer than most of them.
 * @throws GitError of the one that failed
 */
export async function gitInTurn(
  calls: readonly [GitCall, ...GitCall[]],
  options: GitOptions,
): Promise<GitResult> {
  if (calls.length === 1) return await git(calls[0], options);
  const script = calls.map((args) => ['git', ...args].map(quoted).join(' ')).join(' && ');
  const what = `git ${calls.map(subcommand).join(', ')}`;
  return await git(['-c', script], { ...options, program: 'sh', what });
}

const quoted = (argument: string): string => `'${argument.replaceAll("'", String.raw`'\''`)}'`;
