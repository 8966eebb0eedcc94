import type { AttemptError } from '../../contracts/attempt.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { MergeAnswer } from '../../contracts/repository/merge.ts';
import type { Checked, Committed, Landed } from '../../contracts/repository/work.ts';
import type { JobState, TaskState } from '../state/job-state.ts';
import { taskStateOf } from '../state/job-state.ts';
import type { QueuedWork, RepositoryState } from './state.ts';
import { takeOut, tryAgain } from './take-back.ts';

/*
 * The merge queue of a job. What holds after every step, for every history (test/core/repository-queue.property.test.ts):
 * 1. The head moves to a commit only when the check passed on that very commit, or there is no check.
 * 2. One candidate at a time. Work stays in the queue until it has landed, was taken back, or does not merge.
 * 3. First come, first merged. Work that is taken back, or does not merge, keeps nothing else waiting.
 * 4. What fails together is tried in halves: only work that fails alone, on top of what has landed, is taken back.
 * 5. Each piece of work is answered once: it landed, or its task tries again.
 * 6. Work of a task that has ended, or was started again, is dropped, and never lands.
 */

/** Work whose files do not touch, checked together at most. */
const BATCH = 8;
/** Paths that the state keeps of each: what touches more touches everything. */
export const KEPT_FILES = 50;

/** What the tasks behind the answers are told. */
export interface Answered {
  events: EventDraft[];
  answers: { task_id: string; answer: MergeAnswer }[];
}

/** Takes the work of an attempt: it waits for its turn, or has landed where it changed nothing. */
export function queueWork(
  state: JobState,
  given: { task_id: string; generation: number; attempt: number; committed: Committed },
): Answered {
  const { task_id, generation, attempt, committed } = given;
  const repository = state.repository!;
  const task = taskStateOf(state, task_id);
  if (task?.status !== 'running' || task.generation !== generation || !task.work) return nothing();
  // it was said before
  if (repository.queue.some((one) => one.task_id === task_id && one.generation === generation))
    return nothing();
  // of an earlier start of the task, which nobody waits for any more
  takeOut(state, task_id);
  const { files, warnings, ...counted } = committed;
  task.work = { ...task.work, ...counted };
  delete task.work.conflict;
  if (warnings.length > 0) task.warnings = [...new Set([...(task.warnings ?? []), ...warnings])];
  const about = { task_id, attempt };
  const { head_sha, commits, files_changed, insertions, deletions, ignored_files } = committed;
  const said: EventDraft = {
    type: 'task.committed',
    ...about,
    data: {
      ...{ head_sha, commits, files_changed, insertions, deletions, ignored_files },
      ...(warnings.length > 0 ? { warnings } : {}),
    },
  };
  if (head_sha === task.work.base_sha) {
    task.work.merge = 'landed';
    return { events: [said], answers: [{ task_id, answer: { merge: 'landed', merge_sha: null } }] };
  }
  task.work.merge = 'queued';
  task.holds_slot = false;
  const known = files && files.length <= KEPT_FILES ? files : null;
  const { bundle_ref } = committed;
  repository.queue.push({ task_id, generation, head_sha, bundle_ref, files: known });
  const data = { head_sha, position: repository.queue.length };
  return { events: [said, { type: 'merge.queued', ...about, data }], answers: [] };
}

/**
 * What is to be merged now, and marks it so; null where nothing waits, or something is being merged. Several at once
 * where their files do not touch, or nothing is checked anyway.
 */
export function takeCandidate(state: JobState): QueuedWork[] | null {
  const repository = state.repository!;
  dropGone(state, repository);
  const { queue, candidate, suspects } = repository;
  if (candidate !== null || queue.length === 0 || repository.head_sha === null) return null;
  const suspected = queue.filter(({ task_id }) => suspects.includes(task_id));
  const parts =
    suspected.length > 0
      ? suspected.slice(0, Math.ceil(suspected.length / 2))
      : batch(queue, repository.commands.check.command !== null);
  repository.candidate = parts.map(({ task_id }) => task_id);
  for (const { task_id } of parts) state.tasks[task_id]!.work!.merge = 'checking';
  return parts;
}

/** The candidate is given up, for now: its parts wait again, in their places. */
export function putCandidateBack(state: JobState): void {
  const repository = state.repository!;
  for (const task_id of repository.candidate ?? []) {
    const task = taskStateOf(state, task_id);
    if (task?.work?.merge === 'checking') task.work.merge = 'queued';
  }
  repository.candidate = null;
}

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

/** Only these parts of the candidate go on; the others wait again. */
export function narrowCandidate(state: JobState, parts: readonly QueuedWork[]): void {
  putCandidateBack(state);
  if (parts.length === 0) return;
  state.repository!.candidate = parts.map(({ task_id }) => task_id);
  for (const { task_id } of parts) state.tasks[task_id]!.work!.merge = 'checking';
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

/** From the front: what touches nothing before it. Without a check everything, in order. */
function batch(queue: readonly QueuedWork[], isChecked: boolean): QueuedWork[] {
  if (!isChecked) return queue.slice(0, BATCH);
  const taken: QueuedWork[] = [];
  const touched = new Set<string>();
  for (const work of queue) {
    if (taken.length === BATCH) break;
    const { files } = work;
    if (taken.length > 0 && (files === null || files.some((file) => touched.has(file)))) continue;
    taken.push(work);
    if (files === null) break;
    for (const file of files) touched.add(file);
  }
  return taken;
}

/** They are in the queue no more, and the candidate is settled. */
function leave(state: JobState, parts: readonly QueuedWork[]): Answered {
  const repository = state.repository!;
  repository.candidate = null;
  repository.queue = repository.queue.filter(
    (one) => !parts.some((part) => part.task_id === one.task_id && part.generation === one.generation),
  );
  return nothing();
}

const isCurrent = (state: JobState, { task_id, generation }: QueuedWork): boolean => {
  const task = taskStateOf(state, task_id);
  return task?.status === 'running' && task.generation === generation && task.stop === null;
};

/** Whether all parts of a candidate are still wanted: nobody skipped their tasks, or had them started again. */
export const isWanted = (state: JobState, parts: readonly QueuedWork[]): boolean =>
  parts.every((part) => isCurrent(state, part));

function dropGone(state: JobState, repository: RepositoryState): void {
  if (repository.queue.every((work) => isCurrent(state, work))) return;
  repository.queue = repository.queue.filter((work) => isCurrent(state, work));
  repository.suspects = repository.suspects.filter((id) =>
    repository.queue.some(({ task_id }) => task_id === id),
  );
}

const nothing = (): Answered => ({ events: [], answers: [] });
