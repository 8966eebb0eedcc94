import type { TaskSettlement } from '../contracts/attempt.ts';
import type { EventDraft } from '../contracts/event.ts';
import { settleLease } from './budget.ts';
import { roundUsd } from './cost.ts';
import { type JobState, type TaskState, taskStateOf } from './job-state.ts';
import { resetTask, settleTask } from './settle.ts';

/** What is known of a job whose run was reset, besides its state as the run before left it. */
export interface Recovery {
  state: JobState;
  /** ends of tasks that ran then, those that came to one */
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
 * the ledger, and tasks that were stopped in the middle are back in line.
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
    const settlement = known.settlements.find(({ task_id }) => task_id === task.task_id);
    if (settlement) events.push(...settleTask(state, settlement, now));
    else events.push(...backInLine(state, task, now));
  }
  state.resting = null;
  // results are put together and judged anew
  if (state.phase === 'synthesizing' || state.phase === 'verifying') state.phase = 'executing';
  return events;
}

function backInLine(state: JobState, task: TaskState, now: string): EventDraft[] {
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
  return [{ type: 'task.retrying', task_id, attempt, data: { by: 'reset' } }];
}
