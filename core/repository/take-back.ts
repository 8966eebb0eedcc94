import type { AttemptError } from '../../contracts/attempt.ts';
import type { MergeAnswer } from '../../contracts/repository/merge.ts';
import type { JobState, TaskState } from '../state/job-state.ts';
import { pointOf } from './state.ts';

/** Another attempt, from where the branch is now. */
export function tryAgain(state: JobState, task: TaskState, error: AttemptError): MergeAnswer {
  task.work!.base_sha = state.repository!.head_sha!;
  return { merge: 'again', error, at: pointOf(state, state.repository!) };
}

/** Takes work out of the queue that does not merge. */
export function takeOut(state: JobState, taskId: string): void {
  const repository = state.repository!;
  repository.queue = repository.queue.filter(({ task_id }) => task_id !== taskId);
  repository.suspects = repository.suspects.filter((id) => id !== taskId);
}
