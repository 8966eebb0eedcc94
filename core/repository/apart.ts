import type { Task } from '../../contracts/plan.ts';
import { type JobState, plannedTasks } from '../state/job-state.ts';
import { mayRunBeside } from './file-scope.ts';

/**
 * Whether a task of a repository job may start now: none may run, or wait to be merged, that says it changes the same files.
 * A task that brings work together goes on beside the one whose work that is.
 */
export function mayChangeNow(state: JobState, task: Task): boolean {
  const { repository } = state;
  if (!repository?.avoid_conflicts || task.files.length === 0) return true;
  if (state.tasks[task.task_id]?.work?.resolves) return true;
  const running = plannedTasks(state).filter(
    ({ task_id, files }) => files.length > 0 && state.tasks[task_id]?.status === 'running',
  );
  return mayRunBeside(running, task);
}
