import type { Artifact, LeftOutFile } from '../../contracts/artifact.ts';
import type { AttemptError, TaskOutcome, TaskSettlement } from '../../contracts/attempt.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { BlockedReason } from '../../contracts/status.ts';
import { alert } from '../journal/alerts.ts';
import { descendantsOf, topologicalOrder } from '../plan/graph.ts';
import { leaveHost } from '../repository/leave-host.ts';
import { isAttended, type JobState, plannedTasks, type Skip, type TaskState } from '../state/job-state.ts';
import { humanTaskId } from './schedule.ts';

/**
 * Takes a task's end into the state. A settlement of an earlier start of the task, or one that came twice,
 * changes nothing.
 */
export function settleTask(state: JobState, settlement: TaskSettlement, now: string): EventDraft[] {
  const task = state.tasks[settlement.task_id];
  if (task?.status !== 'running' || task.generation !== settlement.generation) return [];
  const outcome = endOf(state, task, settlement);
  task.attempt = settlement.attempt;
  task.agent = settlement.agent ?? task.agent;
  task.worker = settlement.worker;
  task.conversation = settlement.conversation ?? task.conversation;
  // of one that was stopped for good nobody goes on
  task.thread = outcome.status !== 'cancelled' && 'thread' in outcome ? (outcome.thread ?? null) : null;
  delete task.awaits_message;
  const { handed } = task;
  delete task.handed;
  release(state, task);
  const about = { task_id: task.task_id, attempt: task.attempt };

  if (task.stop === 'skip' && outcome.status !== 'completed')
    return skipByPerson(state, task, now, task.skipped_by ?? {});
  task.stop = null;
  task.skipped_by = null;
  if (outcome.status === 'blocked') {
    task.status = 'blocked';
    task.reason = outcome.reason;
    task.error = { code: outcome.reason, message: outcome.message, retryable: true };
    const data = { reason: outcome.reason, message: outcome.message };
    const events: EventDraft[] = [{ type: 'task.blocked', ...about, data }];
    // nobody has to do anything about it
    if (mayMove(state, outcome.reason)) return [...events, ...goElsewhere(state, task, outcome.host_id)];
    // whoever was told once that nobody takes it need not hear it at every further try
    if (outcome.reason !== 'no_agent' || task.previous_failure?.code !== 'no_agent') {
      events.push(alert('task_blocked', data, about));
    }
    if (outcome.reason === 'no_agent' && task.agent_appeared) events.push(...tryAgain(state, task));
    return events;
  }
  if (handed && outcome.status === 'failed' && isForPerson(state, task))
    return backToPerson(task, outcome.error);
  task.finished_at = now;
  if (outcome.status === 'cancelled') {
    task.status = 'cancelled';
    return [{ type: 'task.cancelled', ...about, data: {} }];
  }
  const { artifacts, unkept } = keptArtifacts(state, task, outcome.artifacts);
  task.artifacts = artifacts;
  const { sandbox } = outcome.status === 'completed' ? outcome : outcome.error;
  if (sandbox) task.sandbox = sandbox;
  const left_out = [...((outcome.status === 'completed' && outcome.left_out) || []), ...unkept];
  task.artifacts_left_out = left_out;
  const warnings = outcome.status === 'completed' ? (outcome.warnings ?? []) : [];
  if (warnings.length > 0) task.warnings = warnings;
  else delete task.warnings;
  const events: EventDraft[] = artifacts.map((artifact) => ({
    type: 'artifact.created',
    ...about,
    data: { ...artifact },
  }));
  if (outcome.status === 'completed') {
    task.status = 'completed';
    task.output = outcome.output;
    task.error = null;
    if (handed) task.worker = handed.actor;
    events.push({
      type: 'task.completed',
      ...about,
      ...(handed?.actor ? { actor: handed.actor } : {}),
      data: {
        ...(handed ? { by: 'person' } : {}),
        output_preview: outcome.output.preview,
        cost_usd: task.cost_usd,
        worker: task.worker,
        ...(left_out.length > 0 ? { artifacts_left_out: left_out } : {}),
        ...(warnings.length > 0 ? { warnings } : {}),
      },
    });
    return events;
  }
  task.status = 'failed';
  task.error = outcome.error;
  const { code, message, provider } = outcome.error;
  events.push({ type: 'task.failed', ...about, data: { code, message, ...(provider ? { provider } : {}) } });
  events.push(...skipDependents(state, task.task_id, 'dependency_failed', now));
  return events;
}

/** The most artifacts of all tasks of a job together: its state names them, and each is an event. */
export const JOB_ARTIFACTS = 10_000;

/** Those that there is room for, and a word of the others. */
function keptArtifacts(
  { tasks }: JobState,
  task: TaskState,
  made: Artifact[],
): { artifacts: Artifact[]; unkept: LeftOutFile[] } {
  if (made.length === 0) return { artifacts: made, unkept: [] };
  const others = Object.values(tasks).filter((one) => one !== task);
  const room = Math.max(
    0,
    others.reduce((left, one) => left - one.artifacts.length, JOB_ARTIFACTS),
  );
  if (made.length <= room) return { artifacts: made, unkept: [] };
  const reason = `a job keeps ${JOB_ARTIFACTS} artifacts: this one and all later ones were left out`;
  return { artifacts: made.slice(0, room), unkept: [{ name: made[room]!.name, reason }] };
}

/**
 * A task that was cancelled although neither its job ends nor a person skipped it has failed: it can be retried. One
 * that is blocked has failed where nobody is there who could unblock it, and nobody is needed for another host.
 */
function endOf(state: JobState, task: TaskState, { outcome }: TaskSettlement): TaskOutcome {
  if (outcome.status === 'blocked' && !isAttended(state.spec) && !mayMove(state, outcome.reason)) {
    const { reason, message } = outcome;
    return { status: 'failed', error: { code: reason, message, retryable: true }, artifacts: [] };
  }
  if (outcome.status !== 'cancelled' || state.ending || task.stop !== null) return outcome;
  const message = "the task's workflow was cancelled from outside; retry the task, or skip it";
  return { status: 'failed', error: { code: 'cancelled', message, retryable: false }, artifacts: [] };
}

/** Skips whatever waits for a task that will not be there. */
export function skipDependents(
  state: JobState,
  taskId: string,
  reason: 'dependency_failed' | 'dependency_rejected',
  now: string,
): EventDraft[] {
  const events: EventDraft[] = [];
  const tasks = plannedTasks(state);
  const dependencies = new Map(tasks.map((task) => [task.task_id, task.depends_on]));
  const behind = descendantsOf(tasks, taskId);
  for (const id of topologicalOrder(tasks)) {
    const task = state.tasks[id]!;
    if (!behind.has(id) || (task.status !== 'pending' && task.status !== 'awaiting_approval')) continue;
    // a task that a person skipped stands between: what is behind it goes on without it
    if (!dependencies.get(id)!.some((dependency) => isLost(state.tasks[dependency]!))) continue;
    task.status = 'skipped';
    task.reason = reason;
    task.gate = null;
    task.finished_at = now;
    events.push({ type: 'task.skipped', task_id: task.task_id, data: { reason, because_of: taskId } });
  }
  return events;
}

/** A person continues without the task: what was skipped because of it is revived. */
export function skipByPerson(state: JobState, task: TaskState, now: string, skip: Skip): EventDraft[] {
  release(state, task);
  task.status = 'skipped';
  task.reason = 'by_person';
  task.stop = null;
  task.skipped_by = null;
  task.gate = null;
  task.finished_at = now;
  reviveDependents(state, task.task_id);
  const { note, at: _, ...by } = skip;
  const data = { reason: 'by_person', ...(note === undefined ? {} : { note }) };
  return [{ type: 'task.skipped', task_id: task.task_id, ...by, data }];
}

/** A task that waited for an agent is tried again: there may be one. */
export function tryAgain(state: JobState, task: TaskState): EventDraft[] {
  reviveFrom(state, task.task_id);
  return [{ type: 'task.retrying', task_id: task.task_id, data: { by: 'agent' } }];
}

const mayMove = (state: JobState, reason: BlockedReason): boolean =>
  reason === 'host_lost' && state.repository !== undefined;

/** What is in a repository another host can make anew: the task starts there. */
function goElsewhere(state: JobState, task: TaskState, lost = state.host_id): EventDraft[] {
  const events = leaveHost(state, lost);
  reviveFrom(state, task.task_id);
  return [...events, { type: 'task.retrying', task_id: task.task_id, data: { by: 'host_lost' } }];
}

const isForPerson = (state: JobState, { task_id, agent_override }: TaskState): boolean =>
  (agent_override ?? plannedTasks(state).find((task) => task.task_id === task_id)?.agent) === 'human';

/** What a person handed in did not land: it is theirs again, with the reason. */
function backToPerson(task: TaskState, error: AttemptError): EventDraft[] {
  task.status = 'blocked';
  task.reason = 'waiting_for_person';
  task.agent = 'human';
  task.error = error;
  const { code, message } = error;
  const data = { reason: 'waiting_for_person', message };
  return [
    { type: 'task.blocked', task_id: task.task_id, attempt: task.attempt, data: { ...data, code } },
    {
      type: 'approval.requested',
      task_id: task.task_id,
      data: { approval_id: humanTaskId(task.task_id), kind: 'human_task', expires_at: null },
    },
    alert('task_blocked', data, { task_id: task.task_id, attempt: task.attempt }),
  ];
}

/** Puts a task back in line, with everything that was skipped because of it; never what a person skipped. */
export function reviveFrom(state: JobState, taskId: string): void {
  resetTask(state.tasks[taskId]!);
  reviveDependents(state, taskId);
}

/**
 * The failed, or rejected, tasks because of which this one was skipped; itself where it was not skipped as a
 * consequence.
 */
export function causesOf(state: JobState, taskId: string): string[] {
  const causes = new Set<string>();
  const seen = new Set<string>();
  const dependencies = new Map(plannedTasks(state).map((task) => [task.task_id, task.depends_on]));
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const { status, reason } = state.tasks[id]!;
    if (status === 'failed' || (status === 'skipped' && reason === 'rejected')) causes.add(id);
    if (isConsequence(state.tasks[id]!)) dependencies.get(id)!.forEach(visit);
  };
  visit(taskId);
  return causes.size > 0 ? [...causes] : [taskId];
}

function reviveDependents(state: JobState, taskId: string): void {
  const tasks = plannedTasks(state);
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const behind = descendantsOf(tasks, taskId);
  for (const id of topologicalOrder(tasks)) {
    const task = state.tasks[id]!;
    if (!behind.has(id) || !isConsequence(task)) continue;
    const lost = byId.get(id)!.depends_on.flatMap((dependency) => {
      const other = state.tasks[dependency]!;
      return isLost(other) ? [other] : [];
    });
    const failed = lost.some(({ status, reason }) => status === 'failed' || reason === 'dependency_failed');
    if (lost.length === 0) resetTask(task);
    else task.reason = failed ? 'dependency_failed' : 'dependency_rejected';
  }
}

/** Whether a task was skipped because of another one. */
export const isConsequence = ({ status, reason }: TaskState): boolean =>
  status === 'skipped' && (reason === 'dependency_failed' || reason === 'dependency_rejected');

/** Whether tasks behind this one have to be skipped. */
export const isLost = (task: TaskState): boolean =>
  task.status === 'failed' || (task.status === 'skipped' && task.reason !== 'by_person');

export function resetTask(task: TaskState): void {
  task.status = 'pending';
  task.reason = null;
  task.finished_at = null;
  task.started_at = null;
  task.parked_until = null;
  // what a person has approved stays approved
  if (!task.gate?.granted) task.gate = null;
  task.stop = null;
  task.skipped_by = null;
  task.announced = false;
}

function release(state: JobState, task: TaskState): void {
  task.holds_slot = false;
  task.wants_slot = false;
  task.parked_until = null;
  task.asks = [];
  task.ask_answers = [];
  delete task.handed_in;
  state.budget.queue = state.budget.queue.filter((lease) => lease.task_id !== task.task_id);
}
