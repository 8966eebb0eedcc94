import type { EventDraft } from '../../contracts/event.ts';
import type { ApprovalView } from '../../contracts/view.ts';
import { alert } from '../journal/alerts.ts';
import { addLeaseRequest, remainingUsd, shownUsd } from '../money/budget.ts';
import { roundUsd } from '../money/cost.ts';
import { conflictApprovals } from '../repository/approvals.ts';
import {
  isCarriedOut,
  type JobState,
  jobStatus,
  plannedTasks,
  type TaskState,
  taskStateOf,
} from '../state/job-state.ts';
import { waitingReviews } from './reviews.ts';
import { gateId, humanTaskId, planApprovalId } from './schedule.ts';
import { tryAgain } from './settle.ts';

/** The earliest time at which a gate, or what an agent asked, expires; null when none can. */
export function nextExpiry(state: JobState): string | null {
  const times = Object.values(state.tasks).flatMap((task) =>
    task.status === 'awaiting_approval' && task.gate?.expires_at
      ? [task.gate.expires_at]
      : task.asks.flatMap(({ expires_at }) => (expires_at === null ? [] : [expires_at])),
  );
  return times.sort()[0] ?? null;
}

/** Blocks the tasks whose gate nobody decided in time. */
export function expireGates(state: JobState, now: string): EventDraft[] {
  return Object.values(state.tasks).flatMap((task): EventDraft[] => {
    const expires = task.gate?.expires_at;
    if (task.status !== 'awaiting_approval' || !expires || expires > now) return [];
    task.status = 'blocked';
    task.reason = 'approval_expired';
    const data = { reason: 'approval_expired', message: `nobody decided by ${expires}` };
    return [
      { type: 'approval.expired', task_id: task.task_id, data: { approval_id: gateId(task.task_id) } },
      { type: 'task.blocked', task_id: task.task_id, data },
      alert('task_blocked', data, { task_id: task.task_id }),
    ];
  });
}

/**
 * There may be an agent for these tasks: those that wait for one are tried again. A task that is just being refused
 * by others is tried again as soon as it has been.
 */
export function agentAppeared(state: JobState, taskIds: readonly string[]): EventDraft[] {
  return taskIds.flatMap((id): EventDraft[] => {
    const task = taskStateOf(state, id);
    if (task?.status === 'running') task.agent_appeared = true;
    if (task?.status !== 'blocked' || task.reason !== 'no_agent' || !carriesOut(state)) return [];
    state.review = null;
    return tryAgain(state, task);
  });
}

const carriesOut = (state: JobState): boolean =>
  isCarriedOut(state) && state.ending === null && state.accepted_by === null;

/**
 * A working task gives its slot back until it asks for it again: it waits for a rate limit, until `parkedUntil`, or
 * for people.
 */
export function returnSlot(
  state: JobState,
  taskId: string,
  parkedUntil: string | null,
  why: string,
): EventDraft[] {
  const task = state.tasks[taskId];
  if (task?.status !== 'running') return [];
  task.holds_slot = false;
  if (parkedUntil === null) return [];
  task.parked_until = parkedUntil;
  return [
    { type: 'task.parked', task_id: taskId, attempt: task.attempt, data: { parked_until: parkedUntil, why } },
  ];
}

/** A task that waited wants to work again. */
export function requestSlot(state: JobState, taskId: string): void {
  const task = state.tasks[taskId];
  if (task?.status !== 'running') return;
  delete task.awaits_message;
  if (!task.holds_slot) task.wants_slot = true;
}

/** What a task asks for. */
export interface LeaseRequest {
  lease_id: string;
  task_id: string;
  amount_usd: number;
  /** what will do too, biggest first */
  or_usd?: number[];
  /** what will do once the budget has no more; left out: the smallest of those */
  least_usd?: number;
  /** instead of an amount: that share of what is left, and nothing where there is no cap */
  share?: number;
}

/**
 * A task asks for money: the first of its amounts that there is, or a share of what is left; where the budget can't pay
 * even the smallest, all that is left, if that is enough. It holds no slot until it has it. A request that came before
 * changes nothing.
 */
export function requestLease(
  state: JobState,
  { or_usd = [], least_usd, share, ...lease }: LeaseRequest,
): { refused: string | null } {
  const task = state.tasks[lease.task_id];
  if (task?.status !== 'running') return { refused: 'the task is not running' };
  const { leases, queue } = state.budget;
  if (leases[lease.lease_id] || queue.some(({ lease_id }) => lease_id === lease.lease_id)) {
    return { refused: null };
  }
  const cap = plannedTasks(state).find((planned) => planned.task_id === lease.task_id)?.budget_usd ?? null;
  if (share !== undefined) {
    const left = Math.min(remainingUsd(state.budget) ?? Infinity, (cap ?? Infinity) - task.cost_usd);
    if (left <= 0) return { refused: 'the budget is spent; add budget to go on' };
    if (left < Infinity) lease.amount_usd = roundUsd(left * share);
  }
  const own_usd = cap === null ? Infinity : Math.max(0, roundUsd(cap - task.cost_usd));
  const wanted = [lease.amount_usd, ...or_usd];
  const within = wanted.filter((usd) => roundUsd(usd) <= own_usd);
  const least = least_usd ?? wanted.at(-1)!;
  if (within.length === 0 && roundUsd(least) > own_usd) {
    const missing = `the next call may cost up to ${shownUsd(least)} USD, and ${shownUsd(own_usd)} is left`;
    return { refused: `the task's own budget is ${cap} USD: ${missing}` };
  }
  const [amount_usd = own_usd, ...others] = within;
  const shorter = least < (others.at(-1) ?? amount_usd) ? { least_usd: least } : {};
  task.holds_slot = false;
  addLeaseRequest(state.budget, { ...lease, amount_usd, or_usd: others, ...shorter });
  return { refused: null };
}

/** Characters of a task's description that a list of what waits shows: hundreds of tasks may wait at once. */
const PROMPT_CHARS = 4000;

function begun(description: string): string {
  if (description.length <= PROMPT_CHARS) return description;
  const beginning = description.slice(0, PROMPT_CHARS).toWellFormed();
  return `${beginning}\n\n(the first ${PROMPT_CHARS} of ${description.length} characters; the context of the task has all)`;
}

/** Why a task was not done before, by whoever was at it; null: nobody was. */
function failedBefore({ error }: TaskState): string | null {
  if (!error || error.code === 'waiting_for_person') return null;
  const tail = error.tail ? `\n\n${error.tail.slice(-PROMPT_CHARS)}` : '';
  return `It was not done by what came before: ${error.message}${tail}`;
}

/** Everything of a job that waits for a person. */
export function waitingApprovals(state: JobState, planRequestedAt: string): ApprovalView[] {
  const about = { job_id: state.job_id, arguments: null };
  const asked: ApprovalView[] = [];
  if (jobStatus(state) === 'awaiting_approval' && state.plan) {
    const { version, tasks } = state.plan;
    asked.push({
      ...about,
      approval_id: planApprovalId(version),
      kind: 'plan',
      task_id: null,
      prompt: `Approve version ${version} of the plan: ${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'}`,
      requested_at: planRequestedAt,
      expires_at: null,
    });
  }
  const reviews = waitingReviews(state, planRequestedAt);
  if (!isCarriedOut(state)) return [...asked, ...reviews];
  const ofTasks = plannedTasks(state).flatMap((task): ApprovalView[] => {
    const taskState = state.tasks[task.task_id]!;
    const prompt = [task.title, begun(taskState.modified_prompt ?? task.description)]
      .filter(Boolean)
      .join('\n\n');
    if (taskState.status === 'awaiting_approval' && taskState.gate) {
      const { requested_at, expires_at } = taskState.gate;
      const approval_id = gateId(task.task_id);
      return [
        { ...about, approval_id, kind: 'gate', task_id: task.task_id, prompt, requested_at, expires_at },
      ];
    }
    if (taskState.status === 'blocked' && taskState.reason === 'waiting_for_person') {
      const approval_id = humanTaskId(task.task_id);
      const before = failedBefore(taskState);
      const requested_at = taskState.started_at ?? planRequestedAt;
      return [
        {
          ...about,
          approval_id,
          kind: 'human_task',
          task_id: task.task_id,
          prompt: before === null ? prompt : `${prompt}\n\n${before}`,
          requested_at,
          expires_at: null,
        },
      ];
    }
    return taskState.asks.map(({ call: _, ...ask }) => ({ ...about, task_id: task.task_id, ...ask }));
  });
  return [...asked, ...ofTasks, ...conflictApprovals(state), ...reviews];
}
