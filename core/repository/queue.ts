import type { EventDraft } from '../../contracts/event.ts';
import type { MergeAnswer } from '../../contracts/repository/merge.ts';
import type { Committed } from '../../contracts/repository/work.ts';
import type { JobState } from '../state/job-state.ts';
import { taskStateOf } from '../state/job-state.ts';
import type { QueuedWork, RepositoryState } from './state.ts';
import { takeOut } from './take-back.ts';

/*
 * The merge queue of a job: what comes in, and what is tried next; settle-candidate.ts says what became of that. What holds
 * after every step, for every history (test/core/repository-queue.property.test.ts):
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
  const { head_sha, bundle_ref, commits, files_changed, insertions, deletions, ignored_files } = committed;
  const said: EventDraft = {
    type: 'task.committed',
    ...about,
    data: {
      ...{ head_sha, commits, files_changed, insertions, deletions, ignored_files, bundle_ref },
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

/** Only these parts of the candidate go on; the others wait again. */
export function narrowCandidate(state: JobState, parts: readonly QueuedWork[]): void {
  putCandidateBack(state);
  if (parts.length === 0) return;
  state.repository!.candidate = parts.map(({ task_id }) => task_id);
  for (const { task_id } of parts) state.tasks[task_id]!.work!.merge = 'checking';
}

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

/** Nobody is told anything. */
export const nothing = (): Answered => ({ events: [], answers: [] });
