import type { TaskSettlement } from '../../contracts/attempt.ts';
import type { EventDraft } from '../../contracts/event.ts';
import { putBack } from '../messages/messages.ts';
import { settleLease } from '../money/budget.ts';
import { roundUsd } from '../money/cost.ts';
import { resetTask, settleTask } from '../schedule/settle.ts';
import { type JobState, plannedTasks, type TaskState, taskStateOf } from './job-state.ts';

/** What is known of a job whose run was reset, besides its state as the run before left it. */
export interface Recovery {
  state: JobState;
  /** how the tasks that ran then ended; those that were stopped for the reset are `cancelled` */
  settlements: TaskSettlement[];
  /** what the ledger knows of the leases that were open, by lease_id */
  lease_costs: Record<string, number>;
  /** the whole ledger of the job, in USD */
  spent_usd: number;
  /** the last event that is stored */
  last_seq: number;
}

/**
 * Lets a job go on from where its run before was cut off by a reset: what had ended then has ended, money is counted by
 * the ledger, and tasks that were stopped in the middle are back in line, their agents where they stood.
 */
export function recover({ state, ...known }: Recovery, now: string): EventDraft[] {
  const { budget, journal } = state;
  if (journal.next_seq <= known.last_seq)
    Object.assign(journal, { next_seq: known.last_seq + 1, events: [] });
  const events: EventDraft[] = [];
  for (const { lease_id, task_id } of Object.values(budget.leases)) {
    const cost_usd = known.lease_costs[lease_id] ?? 0;
    const task = task_id === null ? undefined : taskStateOf(state, task_id);
    if (task) task.cost_usd = roundUsd(task.cost_usd + cost_usd);
    events.push(...settleLease(budget, lease_id, cost_usd));
  }
  budget.spent_usd = Math.max(budget.spent_usd, roundUsd(known.spent_usd));
  budget.queue = [];
  for (const task of Object.values(state.tasks)) {
    if (task.status !== 'running') continue;
    const { task_id } = task;
    const end = known.settlements.find((settlement) => settlement.task_id === task_id);
    if (end && end.outcome.status !== 'cancelled') events.push(...settleTask(state, end, now));
    else events.push(...backInLine(state, task, end, now));
    events.push(...putBack(state, task_id, end?.unread ?? []));
  }
  state.resting = null;
  // a plan that came with the job and was being checked is put forward again
  if (state.phase === 'planning' && state.spec.plan !== null) state.plan = null;
  // results are put together and judged anew, unless they were judged and a person is to say what becomes of it
  const isJudging = state.phase === 'verifying' && !awaitsDecision(state);
  if (state.phase === 'synthesizing' || isJudging) state.phase = 'executing';
  return events;
}

/** Whether criteria are unmet, and either their repairs are about to be put forward, or a person is to decide. */
export function awaitsDecision(state: JobState): boolean {
  if (state.approved_version === null) return false;
  if (state.phase === 'awaiting_approval') return !state.changing;
  return state.phase === 'verifying' && (state.review !== null || hasNewRepairs(state));
}

/** Whether repairs were added to the plan that are neither approved nor rejected yet. */
export const hasNewRepairs = (state: JobState): boolean =>
  state.phase === 'verifying' &&
  plannedTasks(state).some(({ task_id }) => state.tasks[task_id]?.status === 'pending');

function backInLine(
  state: JobState,
  task: TaskState,
  stopped: TaskSettlement | undefined,
  now: string,
): EventDraft[] {
  const { task_id, generation, attempt, agent } = task;
  if (task.stop !== null || state.ending) {
    const end = {
      task_id,
      generation,
      attempt,
      agent,
      worker: null,
      outcome: { status: 'cancelled' as const },
    };
    return settleTask(state, end, now);
  }
  resetTask(task);
  Object.assign(task, { holds_slot: false, wants_slot: false, adopted: false, asks: [], ask_answers: [] });
  if (stopped?.outcome.status === 'cancelled' && stopped.outcome.thread) {
    const { thread } = stopped.outcome;
    task.thread = { ...thread, remarks: [...thread.remarks, INTERRUPTED] };
    task.conversation = stopped.conversation ?? task.conversation;
  }
  if (stopped?.outcome.status === 'cancelled' && stopped.outcome.handed_in)
    task.handed_in = stopped.outcome.handed_in;
  return [{ type: 'task.retrying', task_id, attempt, data: { by: 'reset' } }];
}

/** What an agent is told that was stopped. */
const INTERRUPTED = 'Your work was interrupted. Go on from here.';
