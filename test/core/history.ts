import type { TaskSettlement } from '../../contracts/attempt.ts';
import type { CommandArgs, CommandName } from '../../contracts/command.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { BlockedReason } from '../../contracts/status.ts';
import { changeChecked, isUnchecked } from '../../core/commands/change-plan.ts';
import { applyCommand, checkCommand } from '../../core/commands/index.ts';
import { settleLease } from '../../core/money/budget.ts';
import { validatePlan } from '../../core/plan/validate.ts';
import { givenPlan, setPlan } from '../../core/plan/version.ts';
import { assess, setReview } from '../../core/schedule/ending.ts';
import { later, type Step, schedule } from '../../core/schedule/schedule.ts';
import { settleTask } from '../../core/schedule/settle.ts';
import { expireGates, requestLease, requestSlot, returnSlot } from '../../core/schedule/waiting.ts';
import { isCarriedOut, type JobState, type TaskState } from '../../core/state/job-state.ts';
import { roster, START } from './samples.ts';

/** What may happen to a job. Targets are picked among those for whom it is possible; with none, nothing happens. */
export type Happening =
  | { kind: 'settle'; pick: number; outcome: 'completed' | 'failed' | 'cancelled' | BlockedReason }
  | { kind: 'settle_late'; pick: number }
  | { kind: 'lease_request'; pick: number; amount_usd: number; again: boolean }
  | { kind: 'lease_return'; pick: number; share: number; again: boolean }
  | { kind: 'park'; pick: number }
  | { kind: 'want_slot'; pick: number }
  | { kind: 'time'; seconds: number }
  | { kind: 'story'; unmet: boolean }
  /** a person does something that is allowed now */
  | { kind: 'operate'; pick: number }
  | { kind: 'command'; name: CommandName; args: CommandArgs };

/** A job, and what stands around it: its tasks' workflows, its clock, what was said. */
export interface History {
  state: JobState;
  now: string;
  events: EventDraft[];
  /** every lease that was asked for: ids are not used twice */
  leases: number;
  steps: Step[];
}

/** What a test wants to look at, while a history unfolds. */
export interface Watch {
  /** before and after what the workflow does on its own after every happening */
  scheduled?(history: History, step: Step, before: JobState): void;
  happened?(history: History, happening: Happening): void;
  command?(history: History, name: CommandName, args: CommandArgs): void;
}

/** Lets it all happen to the job, one after the other, and the workflow do its part after each. */
export function unfold(state: JobState, happenings: Happening[], watch: Watch = {}): History {
  const history: History = { state: structuredClone(state), now: START, events: [], leases: 0, steps: [] };
  advance(history, watch);
  for (const happening of happenings) {
    happen(history, happening, watch);
    watch.happened?.(history, happening);
    advance(history, watch);
  }
  return history;
}

/** What the job's workflow does after every change: see workflows/job/execute.ts. */
export function advance(history: History, watch: Watch = {}): void {
  const { state, events } = history;
  if (!isCarriedOut(state)) return;
  if (!state.ending && isUnchecked(state)) {
    state.snapshot_version = state.plan!.version;
    state.plan_problems = validatePlan(state.plan!, roster);
    events.push(...changeChecked(state, history.now).events);
  }
  events.push(...expireGates(state, history.now));
  const before = watch.scheduled && structuredClone(state);
  const step = schedule(state, history.now);
  events.push(...step.events);
  history.steps.push(step);
  if (before) watch.scheduled?.(history, step, before);
  for (const { lease_id, task_id, granted } of step.leases) {
    if (!granted) settle(history, state.tasks[task_id]!, 'budget_exhausted');
    else if (!state.budget.leases[lease_id]) throw new Error(`${lease_id} was granted and is not open`);
  }
  if (!state.ending && !state.accepted_by) {
    const verdict = assess(state);
    if (verdict.kind === 'failed') state.ending = { status: 'failed', error: verdict.error };
    else if (state.changing) state.review = null;
    else if (verdict.kind === 'review') events.push(...setReview(state, verdict.error));
    else if (verdict.kind === 'active') state.review = null;
    else if (!state.paused) {
      state.partial = verdict.partial;
      state.review = null;
      state.phase = 'synthesizing';
    }
  }
  if (state.ending) for (const task of running(state)) task.stop ??= 'cancel';
  if (state.accepted_by && running(state).length === 0) state.phase = 'synthesizing';
}

function happen(history: History, happening: Happening, watch: Watch): void {
  const { state, events } = history;
  switch (happening.kind) {
    case 'settle': {
      const task = pick(running(state), happening.pick);
      if (task) settle(history, task, happening.outcome);
      return;
    }
    case 'settle_late': {
      const task = pick(Object.values(state.tasks), happening.pick);
      if (task)
        events.push(
          ...settleTask(state, settlementOf({ ...task, generation: task.generation - 1 }), history.now),
        );
      return;
    }
    case 'lease_request': {
      const task = pick(free(state), happening.pick);
      if (!task) return;
      history.leases += 1;
      const lease = {
        lease_id: `lease-${history.leases}`,
        task_id: task.task_id,
        amount_usd: happening.amount_usd,
      };
      for (const _ of happening.again ? [1, 2] : [1]) requestLease(state, lease);
      return;
    }
    case 'lease_return': {
      const lease = pick(Object.values(state.budget.leases), happening.pick);
      if (!lease) return;
      for (const _ of happening.again ? [1, 2] : [1]) {
        events.push(...settleLease(state.budget, lease.lease_id, lease.amount_usd * happening.share));
      }
      return;
    }
    case 'park': {
      const task = pick(free(state), happening.pick);
      if (task) events.push(...returnSlot(state, task.task_id, later(history.now, 60), 'rate limit'));
      return;
    }
    case 'want_slot': {
      const task = pick(
        running(state).filter((task) => task.parked_until !== null),
        happening.pick,
      );
      if (task) requestSlot(state, task.task_id);
      return;
    }
    case 'time': {
      history.now = later(history.now, happening.seconds);
      return;
    }
    case 'story': {
      story(history, happening.unmet);
      return;
    }
    case 'operate': {
      const choice = pick(operations(state), happening.pick);
      if (choice) command(history, ...choice);
      return;
    }
    case 'command':
      watch.command?.(history, happening.name, happening.args);
      command(history, happening.name, happening.args);
  }
}

/** Sends a command as the gateway does: only what is allowed is followed. */
export function command(history: History, name: CommandName, args: CommandArgs): boolean {
  if (checkCommand(history.state, name, args)) return false;
  history.events.push(...applyCommand(history.state, name, args, history.now).events);
  return true;
}

const OPERATIONS = ['approve_task', 'retry_task', 'skip_task', 'complete_task', 'reject_task'] as const;

/** What a person may do to a task that does not run, or to a paused job. */
function operations(state: JobState): [CommandName, CommandArgs][] {
  if (state.paused) return [['resume', {}]];
  return Object.values(state.tasks).flatMap(({ task_id, status }) =>
    status === 'running' || status === 'pending'
      ? []
      : OPERATIONS.map((name): [CommandName, CommandArgs] => [name, { task_id, output: 'by hand' }]).filter(
          ([name, args]) => checkCommand(state, name, args) === null,
        ),
  );
}

/** The next chapter: see workflows/job/job.ts. */
function story({ state, events }: History, unmet: boolean): void {
  if (state.ending) {
    if (running(state).length === 0) state.phase = 'closed';
  } else if (state.phase === 'planning') {
    const version = state.plan!.version + 1;
    const { tasks } = state.plan!;
    events.push(
      ...setPlan(state, { ...givenPlan({ tasks }, state.spec), version }, { type: 'plan.proposed' }),
    );
    state.feedback = null;
    state.phase = 'awaiting_approval';
  } else if (state.phase === 'awaiting_approval' && !state.changing) {
    state.snapshot ??= roster;
    state.snapshot_version = state.plan!.version;
  } else if (state.phase === 'synthesizing') {
    state.phase = 'verifying';
    if (unmet && !state.accepted_by) {
      events.push(...setReview(state, { code: 'criteria_unmet', message: 'c1 is unmet' }));
    }
  } else if (state.phase === 'verifying' && !state.review) {
    state.ending = { status: 'completed', error: null };
    state.phase = 'closed';
  }
}

/** A task's workflow ends; the job has settled its leases before. */
export function settle(
  history: History,
  task: TaskState,
  outcome: Extract<Happening, { kind: 'settle' }>['outcome'],
): void {
  const { state, events } = history;
  for (const lease of Object.values(state.budget.leases)) {
    if (lease.task_id === task.task_id)
      events.push(...settleLease(state.budget, lease.lease_id, lease.amount_usd / 2));
  }
  events.push(...settleTask(state, settlementOf(task, outcome), history.now));
}

function settlementOf(
  { task_id, generation, attempt }: TaskState,
  outcome: Extract<Happening, { kind: 'settle' }>['outcome'] = 'completed',
): TaskSettlement {
  const base = { task_id, generation, attempt: attempt + 1, agent: 'general', worker: 'worker-1' };
  if (outcome === 'completed') {
    const artifact_id = `${task_id}-${generation}`;
    const artifacts = [
      { artifact_id, name: 'a.txt', media_type: 'text/plain', size_bytes: 1, sha256: 'aa', task_id },
    ];
    return { ...base, outcome: { status: 'completed', output: { preview: 'done', bytes: 4 }, artifacts } };
  }
  if (outcome === 'failed') {
    const error = { code: 'exit', message: 'exit code 1', tail: 'no', retryable: true };
    return { ...base, outcome: { status: 'failed', error, artifacts: [] } };
  }
  if (outcome === 'cancelled') return { ...base, outcome: { status: 'cancelled' } };
  return { ...base, outcome: { status: 'blocked', reason: outcome, message: 'it waits' } };
}

export const running = (state: JobState): TaskState[] =>
  Object.values(state.tasks).filter((task) => task.status === 'running');

/** Running tasks that are at work, with no lease asked for or open. */
const free = (state: JobState): TaskState[] => {
  const { leases, queue } = state.budget;
  const asked = new Set([...Object.values(leases), ...queue].map((lease) => lease.task_id));
  return running(state).filter((task) => task.holds_slot && !asked.has(task.task_id));
};

const pick = <T>(from: T[], index: number): T | undefined => from[index % from.length];
