import type { Task } from '../../contracts/plan.ts';
import { type JobState, plannedTasks } from '../state/job-state.ts';
import { type Declares, mayShareFile } from './file-scope.ts';
import { someSteps } from './patterns-meet.ts';

/** Which files are taken, while it is decided what starts. */
export interface FilesInUse {
  /** whether none of the files that the task says it changes is taken; one that says nothing is kept from nothing */
  areFreeFor(task: Task): boolean;
  take(task: Task): void;
}

/**
 * Those of tasks that run, or wait to be merged, where the job wants that. A task that brings work together goes on beside the
 * one whose work that is. What would take too long to tell is taken.
 */
export function filesInUse(state: JobState): FilesInUse {
  if (!state.repository?.avoid_conflicts) return { areFreeFor: () => true, take: () => {} };
  const left = someSteps();
  let running: Declares[] | undefined;
  const taken = () => {
    running ??= plannedTasks(state).filter(({ task_id }) => state.tasks[task_id]?.status === 'running');
    return running;
  };
  return {
    areFreeFor: (task) =>
      task.files.length === 0 ||
      Boolean(state.tasks[task.task_id]?.work?.resolves) ||
      !taken().some((other) => mayShareFile(other, task, left)),
    take: (task) => void taken().push(task),
  };
}
