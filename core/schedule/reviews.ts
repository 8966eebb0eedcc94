import type { Problem } from '../../contracts/error.ts';
import type { BlockedReason } from '../../contracts/status.ts';
import type { ApprovalView, ReviewAction } from '../../contracts/view.ts';
import { conflict, tasksMayChange } from '../commands/types.ts';
import {
  isAttended,
  isBossTask,
  isLed,
  type JobState,
  jobStatus,
  plannedTasks,
  type TaskState,
} from '../state/job-state.ts';
import { reviewId } from './schedule.ts';

type Kind = Extract<ApprovalView['kind'], 'review' | 'budget' | 'provider'>;

/** Phases in which a job in review may be finished as it is. */
export const AFTER_APPROVAL: readonly string[] = ['executing', 'synthesizing', 'verifying'];

/**
 * What went wrong and goes on only when a person gives a command: tasks that failed or are blocked, also while others
 * still run, and the job as a whole where it is in review for another reason. Nothing of a job that nobody looks after.
 */
export function waitingReviews(state: JobState, since: string): ApprovalView[] {
  if (!isAttended(state.spec) || state.ending !== null || state.phase === 'closed') return [];
  const ofTasks = tasksMayChange(state)
    ? plannedTasks(state).flatMap((task) => ofTask(state, task, since))
    : [];
  if (state.review === null || ofTasks.length > 0) return ofTasks;
  const { code, message } = state.review;
  const kind = KINDS[code] ?? 'review';
  const at = state.journal.events.findLast(({ type }) => type === 'job.needs_review')?.at ?? since;
  return [
    {
      job_id: state.job_id,
      approval_id: reviewId(null),
      kind,
      task_id: null,
      prompt: `The job needs you\n\n${message}`,
      arguments: null,
      requested_at: at,
      expires_at: null,
      actions: actionsOf(state, kind, null),
    },
  ];
}

/** Why a review is not approved or denied, and which commands settle it; null where nothing is reviewed under that id. */
export function refuseDecision(state: JobState, approvalId: string): Problem | null {
  const review = waitingReviews(state, state.created_at).find(
    ({ approval_id }) => approval_id === approvalId,
  );
  if (!review) return null;
  const { task_id, actions = [] } = review;
  const about = task_id === null ? `the job is ${jobStatus(state)}` : `the task '${task_id}' did not succeed`;
  const commands = actions.map((action) =>
    action === 'retry' || action === 'skip' ? `${action} (the task)` : action.replace('_', ' '),
  );
  return conflict(
    `${about}: that can't be approved or denied. Use one of these commands: ${commands.join(', ')}`,
  );
}

function ofTask(
  state: JobState,
  { task_id, title }: { task_id: string; title: string },
  since: string,
): ApprovalView[] {
  const task = state.tasks[task_id]!;
  if (!needsPerson(state, task)) return [];
  const kind = KINDS[task.reason ?? ''] ?? 'review';
  const what = task.status === 'failed' ? 'failed' : `is blocked (${words(task.reason)})`;
  const { message, tail } = task.error ?? {};
  const blocked_at = () =>
    state.journal.events.findLast((event) => event.type === 'task.blocked' && event.task_id === task_id)?.at;
  return [
    {
      job_id: state.job_id,
      approval_id: reviewId(task_id),
      kind,
      task_id,
      prompt: [`${title} ${what}`, message, tail].filter(Boolean).join('\n\n'),
      arguments: null,
      requested_at: (task.status === 'blocked' ? blocked_at() : task.finished_at) ?? task.started_at ?? since,
      expires_at: null,
      actions: actionsOf(state, kind, task),
    },
  ];
}

/** A failed task of a job that goes on without it is not for a person to decide; of one that is led, the boss alone is. */
function needsPerson(state: JobState, task: TaskState): boolean {
  if (task.status === 'blocked') return task.reason !== 'waiting_for_person';
  if (task.status !== 'failed') return false;
  return isLed(state.spec) ? isBossTask(state, task.task_id) : state.spec.on_task_failure === 'review';
}

/** By the reason of a blocked task, or the code of a job's review. */
const KINDS: Partial<Record<BlockedReason | string, Kind>> = {
  budget_exhausted: 'budget',
  no_provider: 'provider',
  rate_limited: 'provider',
};

function actionsOf(state: JobState, kind: Kind, task: TaskState | null): ReviewAction[] {
  const mayAdd = kind === 'budget' && state.budget.limit_usd !== null && !state.spec.delegated_by;
  const mayFinish = state.review !== null && AFTER_APPROVAL.includes(state.phase);
  return [
    ...(mayAdd ? (['add_budget'] as const) : []),
    ...(task ? (['retry'] as const) : []),
    ...(task && !isBossTask(state, task.task_id) ? (['skip'] as const) : []),
    ...(mayFinish ? (['finish'] as const) : []),
    'cancel',
  ];
}

const words = (reason: string | null): string => (reason ?? 'unknown').replaceAll('_', ' ');
