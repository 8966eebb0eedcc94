import type { MergePart } from '../../../contracts/repository/work.ts';
import { oneLine } from '../commit/commit-message.ts';
import { committedAt } from '../git/environment.ts';
import { gitText } from '../git/git.ts';

export interface CommitMergeInput {
  git_dir: string;
  job_id: string;
  /** its first parent */
  head: string;
  /** its second parent is the head of this */
  part: MergePart;
  tree: string;
  /** ISO time, becomes both dates */
  merged_at: string;
}

/** Makes the commit of a merge; the same input gives the same sha. No ref names it. */
export async function commitMerge(
  { git_dir, job_id, head, part, tree, merged_at }: CommitMergeInput,
  signal: AbortSignal,
): Promise<string> {
  const input = [
    `Merge: ${oneLine(part.title, 200)}`,
    '',
    `Orchestrator-Job: ${job_id}`,
    `Orchestrator-Task: ${part.task_id}`,
    '',
  ].join('\n');
  return await gitText(['commit-tree', '-p', head, '-p', part.head_sha, '-F', '-', tree], {
    cwd: git_dir,
    env: { GIT_DIR: git_dir, ...committedAt(merged_at) },
    signal,
    input,
  });
}
