import type { GitBox } from './box.ts';
import type { GitOptions, GitResult } from './git.ts';
import { type GitCall, gitInTurn } from './in-turn.ts';

/** A folder that git reads or writes, by a git directory and an index of ours that lie outside of it. */
export interface TreeUnderGit {
  git_dir: string;
  folder: string;
  index: string;
  /** shows it all three, and the objects that it reads */
  box: GitBox;
}

/**
 * Runs calls of git in turn over a folder that an agent wrote, or will: in a sandbox, where the host has one. They look at no
 * `.git` that lies in it. The one place for calls of that kind.
 */
export const overTree =
  ({ git_dir, folder, index, box }: TreeUnderGit) =>
  (calls: readonly [GitCall, ...GitCall[]], options: Omit<GitOptions, 'cwd' | 'box'>): Promise<GitResult> =>
    gitInTurn(calls, {
      ...options,
      box,
      cwd: folder,
      env: {
        ...options.env,
        GIT_DIR: git_dir,
        GIT_WORK_TREE: folder,
        GIT_INDEX_FILE: index,
      },
    });
