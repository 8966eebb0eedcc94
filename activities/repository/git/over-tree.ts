import { type GitOptions, type GitResult, git } from './git.ts';

/** A folder that git reads or writes, by a git directory and an index of ours that lie outside of it. */
export interface TreeUnderGit {
  git_dir: string;
  folder: string;
  index: string;
}

/**
 * Runs git over a folder that an agent wrote, or will. It looks at no `.git` that lies in it. The one place for calls
 * of that kind, so that they can be put into a sandbox.
 */
export const overTree =
  ({ git_dir, folder, index }: TreeUnderGit) =>
  (args: readonly string[], options: Omit<GitOptions, 'cwd'>): Promise<GitResult> =>
    git(args, {
      ...options,
      cwd: folder,
      env: {
        ...options.env,
        GIT_DIR: git_dir,
        GIT_WORK_TREE: folder,
        GIT_INDEX_FILE: index,
      },
    });
