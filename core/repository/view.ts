import type { RepositoryView, TaskRepositoryView } from '../../contracts/repository/view.ts';
import type { DiffRefs, JobChanges } from '../../contracts/repository/work.ts';
import type { JobState, TaskState } from '../state/job-state.ts';
import { taskBranch } from './refs.ts';
import type { RepositoryState, TaskWork } from './state.ts';

/** The repository of a job as its status shows it; undefined for a job without one. */
export function repositoryView({ repository, sandbox }: JobState): RepositoryView | undefined {
  if (!repository) return undefined;
  const { base, commands, change, base_check, head_check } = repository;
  return {
    url: repository.location,
    base_branch: base?.branch ?? null,
    base_sha: base?.sha ?? null,
    branch: repository.branch,
    head_sha: repository.head_sha,
    setup: commands.setup,
    check: {
      ...commands.check,
      base: base_check.status,
      status: headStatus(repository),
      log_ref: head_check.log_ref ?? base_check.log_ref,
    },
    lock: commands.lock,
    deliver: repository.deliver,
    delivered: repository.delivered,
    sandbox: sandbox ?? null,
    landed: repository.landed,
    queue: repository.queue.map(({ task_id }) => task_id),
    files_changed: change?.files_changed ?? 0,
    insertions: change?.insertions ?? 0,
    deletions: change?.deletions ?? 0,
  };
}

/** The work of a task as the status of its job shows it; undefined until it has started there. */
export function taskRepositoryView(job_id: string, task: TaskState): TaskRepositoryView | undefined {
  const { work } = task;
  if (!work) return undefined;
  return {
    branch: taskBranch(job_id, task.task_id),
    base_sha: work.base_sha,
    head_sha: work.head_sha,
    commits: work.commits,
    files_changed: work.files_changed,
    insertions: work.insertions,
    deletions: work.deletions,
    ignored_files: work.ignored_files,
    merge: work.merge,
    merge_sha: work.merge_sha,
    ...(work.conflict ? { conflict_files: work.conflict.files } : {}),
  };
}

/** Where the diffs and bundles of a job are; undefined for a job without a repository. */
export function jobChanges({ repository, tasks }: JobState): JobChanges | undefined {
  if (!repository) return undefined;
  const { base, head_sha, head_bundle, change } = repository;
  const ofTasks = Object.values(tasks).flatMap(({ task_id, work }) =>
    work?.head_sha
      ? [
          [
            task_id,
            {
              base_sha: work.base_sha,
              head_sha: work.head_sha,
              bundle: work.bundle_ref,
              diff: diffOf(work),
            },
          ] as const,
        ]
      : [],
  );
  return {
    base_bundle: base?.bundle ?? null,
    base_sha: base?.sha ?? null,
    head_sha,
    head_bundle,
    diff: change && diffOf(change),
    tasks: Object.fromEntries(ofTasks),
  };
}

/** Nothing has landed yet: the head is the base, and so is what its check said. */
const headStatus = ({ head_check, base_check }: RepositoryState) =>
  head_check.status === 'none' ? base_check.status : head_check.status;

const diffOf = ({ patch_ref, stat_ref }: Partial<DiffRefs> | TaskWork): DiffRefs | null =>
  patch_ref !== undefined && stat_ref !== undefined ? { patch_ref, stat_ref } : null;
