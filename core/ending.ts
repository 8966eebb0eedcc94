import type { EventDraft } from '../contracts/event.ts';
import type { ShownError } from '../contracts/view.ts';
import type { JobState, TaskState } from './job-state.ts';

/** What the tasks, taken together, say about the job. */
export type Verdict =
  /** something runs, may run, or waits for a person in the course of the plan */
  | { kind: 'active' }
  /** all done, or left out by a person */
  | { kind: 'done'; partial: boolean }
  | { kind: 'failed'; error: ShownError }
  /** nothing can go on by itself */
  | { kind: 'review'; error: ShownError };

/** Whether the executing phase is over, and how. */
export function assess(state: JobState): Verdict {
  const tasks = Object.values(state.tasks);
  const failed = tasks.filter((task) => task.status === 'failed');
  if (failed.length > 0 && state.spec.on_task_failure === 'fail') {
    return { kind: 'failed', error: describe('task_failed', failed) };
  }
  if (tasks.some(isActive)) return { kind: 'active' };
  if (tasks.some((task) => task.status === 'pending' && !waitsForBlocked(state, task)))
    return { kind: 'active' };
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

/** Puts the job in review, or takes it out; says so once. */
export function setReview(state: JobState, error: ShownError | null): EventDraft[] {
  const before = state.review;
  state.review = error;
  if (error === null || before?.message === error.message) return [];
  return [
    { type: 'job.needs_review', data: { ...error } },
    { type: 'alert', data: { kind: 'job_needs_review', ...error } },
  ];
}

const isActive = (task: TaskState): boolean =>
  task.status === 'running' ||
  task.status === 'awaiting_approval' ||
  (task.status === 'blocked' && task.reason === 'waiting_for_person');

/** Whether a pending task cannot start until somebody unblocks another one. */
function waitsForBlocked(state: JobState, task: TaskState): boolean {
  const depends = new Map(state.plan!.tasks.map((planned) => [planned.task_id, planned.depends_on]));
  const seen = new Set<string>();
  const visit = (id: string): boolean => {
    if (seen.has(id)) return false;
    seen.add(id);
    const { status, reason } = state.tasks[id]!;
    if (status === 'blocked' && reason !== 'waiting_for_person') return true;
    return status === 'pending' && depends.get(id)!.some(visit);
  };
  return visit(task.task_id);
}

function describe(code: string, tasks: TaskState[]): ShownError {
  const shown = tasks.slice(0, 5).map((task) => {
    const why = task.error ? `: ${task.error.message}` : '';
    return `${task.task_id} is ${task.status}${task.reason ? ` (${task.reason})` : ''}${why}`;
  });
  if (tasks.length > shown.length) shown.push(`and ${tasks.length - shown.length} more`);
  return { code, message: shown.join('; ').slice(0, 2000) };
}
