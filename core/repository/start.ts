import type { TaskRepository } from '../../contracts/repository/work.ts';
import type { JobState, TaskState } from '../state/job-state.ts';
import { newTaskWork, pointOf } from './state.ts';

/**
 * What a task that starts is told of the job's repository; undefined where there is none. It starts from what has landed by now,
 * with all that it depends on in it; one that goes on, from where it began.
 */
export function startWork(state: JobState, task: TaskState): TaskRepository | undefined {
  const { repository } = state;
  if (!repository?.head_sha) return undefined;
  const goesOn = (task.thread !== null || task.handed || task.handed_in) && task.work;
  const from_sha = goesOn ? task.work!.base_sha : repository.head_sha;
  task.work = { ...newTaskWork(from_sha), ...task.work, base_sha: from_sha, merge: 'none', merge_sha: null };
  const { resolves } = task.work;
  const { setup, check, lock } = repository.commands;
  return {
    at: pointOf(state, repository),
    from_sha,
    setup_command: setup.command,
    check_command: check.command,
    lock_command: lock.command,
    ...(resolves ? { merging: resolves } : {}),
  };
}
