import type { EventDraft } from '../../contracts/event.ts';
import type { Verdict as Judged } from '../../contracts/model-call.ts';
import type { ShownError } from '../../contracts/view.ts';
import { assessLed } from '../boss/ending.ts';
import { alert } from '../journal/alerts.ts';
import { topologicalOrder } from '../plan/graph.ts';
import { awaitsPerson } from '../repository/conflict.ts';
import { isAttended, isLed, type JobState, type TaskState, taskStateOf } from '../state/job-state.ts';
import type { Verdict } from './verdict.ts';

/** Whether the executing phase is over, and how. */
export function assess(state: JobState): Verdict {
  if (isLed(state.spec)) return assessLed(state);
  const tasks = Object.values(state.tasks);
  const failed = tasks.filter((task) => task.status === 'failed');
  const final = failed.filter((task) => !isWithPerson(state, task));
  if (final.length > 0 && state.spec.on_task_failure === 'fail') {
    return { kind: 'failed', error: describe('task_failed', final) };
  }
  if (tasks.some(isActive)) return { kind: 'active' };
  if (mayStart(state)) return { kind: 'active' };
  const blocked = tasks.filter((task) => task.status === 'blocked');
  if (blocked.length > 0) return { kind: 'review', error: describe('task_blocked', [...blocked, ...failed]) };
  if (failed.length === 0) return { kind: 'done', partial: false };
  if (state.spec.on_task_failure === 'continue') {
    return tasks.some((task) => task.status === 'completed')
      ? { kind: 'done', partial: true }
      : { kind: 'failed', error: describe('task_failed', failed) };
  }
  return { kind: 'review', error: describe('task_failed', failed) };
}

/** Why a job with unmet criteria needs a person. */
export function unmetError(unmet: readonly Judged[], why: string): ShownError {
  const listed = unmet
    .map(({ criterion_id, evidence }) => `${criterion_id} is unmet: ${evidence}`)
    .join('; ');
  return { code: 'criteria_unmet', message: `${why}: ${listed}`.slice(0, 2000) };
}

/** Puts the job in review, or takes it out; says so once. A job that nobody looks after fails instead. */
export function setReview(state: JobState, error: ShownError | null): EventDraft[] {
  if (error !== null && !isAttended(state.spec)) {
    state.ending ??= { status: 'failed', error };
    return [];
  }
  const before = state.review;
  state.review = error;
  if (error === null || before?.message === error.message) return [];
  return [{ type: 'job.needs_review', data: { ...error } }, alert('job_needs_review', { ...error })];
}

/** It was to bring work together that does not merge, and could not: a person decides what becomes of that work. */
function isWithPerson(state: JobState, { task_id, work }: TaskState): boolean {
  const task = work?.resolves && taskStateOf(state, work.resolves.task_id);
  return task?.work?.conflict?.resolver === task_id && awaitsPerson(state, task);
}

const isActive = (task: TaskState): boolean =>
  task.status === 'running' ||
  task.status === 'awaiting_approval' ||
  (task.status === 'blocked' && task.reason === 'waiting_for_person');

/** Whether a pending task can start before somebody unblocks another one. */
function mayStart(state: JobState): boolean {
  const { tasks } = state.plan!;
  const dependencies = new Map(tasks.map((task) => [task.task_id, task.depends_on]));
  const stuck = new Set<string>();
  for (const id of topologicalOrder(tasks)) {
    const { status } = state.tasks[id]!;
    const waits = status === 'pending' && dependencies.get(id)!.some((dependency) => stuck.has(dependency));
    if (status === 'pending' && !waits) return true;
    if (status === 'blocked' || waits) stuck.add(id);
  }
  return false;
}

function describe(code: string, tasks: TaskState[]): ShownError {
  const shown = tasks.slice(0, 5).map((task) => {
    const why = task.error ? `: ${task.error.message}` : '';
    return `${task.task_id} ${task.status === 'failed' ? 'failed' : `is ${task.status}`}${task.reason ? ` (${task.reason})` : ''}${why}`;
  });
  if (tasks.length > shown.length) shown.push(`and ${tasks.length - shown.length} more`);
  return { code, message: shown.join('; ').slice(0, 2000) };
}
