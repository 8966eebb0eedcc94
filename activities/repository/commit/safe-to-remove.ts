import { rejectedBranch, taskBranch } from '../../../core/repository/refs.ts';
import { type CloneName, readClone, withClone } from '../clone/clone.ts';
import { gitText } from '../git/git.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { type MirrorName, openMirror } from '../mirror/mirror.ts';
import { withSnapshot } from './with-snapshot.ts';

/**
 * Whether all that is in the folder of a task is in the mirror, by a branch of the task: its files, and the commits that were made
 * in it. What git ignores does not count.
 * @throws CommitRefused where what is there could not be committed either: nobody should remove it unseen
 */
export async function isSafeToRemove(
  deps: Pick<RepositoryHostDeps, 'mirrors_dir' | 'work_dir' | 'limits' | 'sandbox'>,
  input: MirrorName & CloneName,
  signal: AbortSignal,
): Promise<boolean> {
  return await withClone(deps.work_dir, input, signal, async () => {
    const record = readClone(deps.work_dir, input);
    if (record === null) return true; // half of a clone: no agent has seen it
    const { git_dir } = await openMirror(deps, input, signal);
    const call = { ...input, git_dir, from_sha: record.from_sha };
    return await withSnapshot(deps, call, signal, async ({ parent, tree, changed }) => {
      if (parent === record.from_sha && !changed) return true;
      const branch = `refs/heads/${taskBranch(input.job_id, input.task_id)}`;
      const rejected = `refs/heads/${rejectedBranch(input.job_id, input.task_id, 1).replace(/1$/, '*')}`;
      const format = ['for-each-ref', '--format=%(tree)', `--contains=${parent}`];
      const trees = await gitText([...format, '--', branch, rejected], { cwd: git_dir, signal });
      return trees.split('\n').includes(tree);
    });
  });
}
