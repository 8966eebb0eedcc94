import type { AttemptError } from '../../contracts/attempt.ts';
import type { Checked, Landed } from '../../contracts/repository/work.ts';
import type { JobState, TaskState } from '../state/job-state.ts';
import { taskStateOf } from '../state/job-state.ts';
import { type Answered, nothing, putCandidateBack } from './queue.ts';
import type { QueuedWork, RepositoryState } from './state.ts';
import { tryAgain } from './take-back.ts';

/** The check passed, or there is none: the head is at the candidate, and all parts of it have landed. */
export function workLanded(
  state: JobState,
  parts: readonly QueuedWork[],
  landed: Landed,
  checked: Checked | null,
): Answered {
  const repository = state.repository!;
  const { head_sha, head_bundle, ...change } = landed;
  Object.assign(repository, { head_sha, head_bundle, change, fence: repository.fence + 1 });
  repository.landed += parts.length;
  repository.head_check = checked ? passedCheck(checked) : noCheck(repository);
  repository.suspects = repository.suspects.filter((id) => !parts.some(({ task_id }) => task_id === id));
  const result = leave(state, parts);
  const task_ids = parts.map(({ task_id }) => task_id);
  for (const { task_id, generation } of parts) {
    // started again meanwhile, it brings other work
    if (state.tasks[task_id]!.generation !== generation) continue;
    for (const task of [state.tasks[task_id]!, ...resolvedBy(state, task_id)]) {
      task.work = { ...task.work!, merge: 'landed', merge_sha: head_sha };
      delete task.work.conflict;
      const about = { task_id: task.task_id, attempt: task.attempt };
      result.events.push({ type: 'merge.landed', ...about, data: { merge_sha: head_sha, task_ids } });
      result.answers.push({ task_id: task.task_id, answer: { merge: 'landed', merge_sha: head_sha } });
    }
  }
  return result;
}

/** The check failed. Of several it is not known which of them it was: they are tried in halves. */
export function workFailed(state: JobState, parts: readonly QueuedWork[], checked: Checked): Answered {
  const repository = state.repository!;
  if (parts.length > 1) {
    putCandidateBack(state);
    repository.suspects = parts.map(({ task_id }) => task_id);
    return nothing();
  }
  const [{ task_id }] = parts as [QueuedWork];
  const { how, tail, log_ref } = checked;
  repository.suspects = [];
  const result = leave(state, parts);
  const task = state.tasks[task_id]!;
  task.work!.merge = 'taken_back';
  const data = { how, log_ref, head_sha: repository.head_sha };
  result.events.push({ type: 'merge.taken_back', task_id, attempt: task.attempt, data });
  result.answers.push({ task_id, answer: tryAgain(state, task, checkError(repository, task, how, tail)) });
  return result;
}

/**
 * Tasks whose work does not merge and is brought together with the head by this one; also that of a task that was to do so for
 * another, and did not merge either.
 */
function resolvedBy(state: JobState, resolver: string): TaskState[] {
  const { resolves } = state.tasks[resolver]!.work!;
  const task = resolves && taskStateOf(state, resolves.task_id);
  if (task?.status !== 'running' || task.work?.conflict?.resolver !== resolver) return [];
  return [task, ...resolvedBy(state, task.task_id)];
}

function checkError(
  { commands }: RepositoryState,
  { work }: TaskState,
  how: string,
  tail: string,
): AttemptError {
  const message = `the check \`${commands.check.command}\` failed once this work was merged with what the others had done (${how}); the work of this attempt is kept as ${work!.head_sha}`;
  return { code: 'check_failed', message, tail, retryable: true };
}

const passedCheck = ({ log_ref, definition_changed }: Checked): RepositoryState['head_check'] => ({
  status: 'passed',
  log_ref,
  ...(definition_changed.length > 0 ? { definition_changed } : {}),
});

const noCheck = ({ commands }: RepositoryState): RepositoryState['head_check'] => ({
  status: commands.check.command === null ? 'none' : 'stale',
  log_ref: null,
});

/** They are in the queue no more, and the candidate is settled. */
function leave(state: JobState, parts: readonly QueuedWork[]): Answered {
  const repository = state.repository!;
  repository.candidate = null;
  repository.queue = repository.queue.filter(
    (one) => !parts.some((part) => part.task_id === one.task_id && part.generation === one.generation),
  );
  return nothing();
}
