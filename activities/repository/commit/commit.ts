import type { CommitInput, Committed } from '../../../contracts/repository/work.ts';
import { withClone } from '../clone/clone.ts';
import { secondParent } from '../clone/merging.ts';
import { dropMove } from '../clone/move.ts';
import type { RepositoryHostDeps } from '../host.ts';
import { reachWork } from '../mirror/point.ts';
import { commitTree } from './commit-tree.ts';
import { publishWork } from './publish.ts';
import { withSnapshot } from './with-snapshot.ts';

/**
 * Commits what an agent left in its folder, on top of what it committed itself, and names it by the task's branch. All
 * processes of the agent have ended. A repetition makes the same commit.
 * @throws CloneMissing, CommitRefused, StalePoint
 */
export async function commitWork(
  deps: RepositoryHostDeps,
  input: CommitInput,
  signal: AbortSignal,
): Promise<Committed> {
  const { git_dir } = await reachWork(deps, input.at, signal);
  const name = { job_id: input.at.job_id, task_id: input.task_id };
  return await withClone(deps.work_dir, name, signal, async () => {
    const work = await withSnapshot(
      deps,
      { ...name, git_dir, from_sha: input.from_sha },
      signal,
      async (taken) => {
        const { tree, parent } = taken;
        await taken.bring();
        const { merging, from_sha } = input;
        const unfinished = input.source === 'failed';
        const second = merging
          ? await secondParent(deps, { git_dir, from_sha, merging, tree, parent, unfinished }, signal)
          : null;
        if (!taken.changed && second === null) return { ...taken, head_sha: parent };
        const parents = second === null ? [parent] : [parent, second];
        const head_sha = await commitTree(git_dir, { ...input, tree, parents }, signal);
        return { ...taken, head_sha, commits: taken.commits + 1 };
      },
    );
    dropMove(deps.work_dir, name);
    const { head_sha, commits, ignored_files, warnings } = work;
    return await publishWork(deps, { git_dir, input, head_sha, commits, ignored_files, warnings }, signal);
  });
}
