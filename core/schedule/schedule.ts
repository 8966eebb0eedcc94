import type { EventDraft } from '../../contracts/event.ts';
import type { Task } from '../../contracts/plan.ts';
import { isAgentFull } from '../agents/taker.ts';
import { serveQueue, whyDenied } from '../money/budget.ts';
import { pathToEnd } from '../plan/graph.ts';
import { filesInUse } from '../repository/files-in-use.ts';
import { newTaskWork } from '../repository/state.ts';
import { isBossTask, isCarriedOut, type JobState, plannedTasks, type TaskState } from '../state/job-state.ts';
import { gateFor } from './gates.ts';

/*
 * What holds after every step, for every history of a job (test/core/schedule.property.test.ts):
 * 1. A task starts when all that it depends on has completed, or was skipped by a person; and once in each generation.
 * 2. At most `max_workers` tasks hold a slot. One that waits for a person, money or a rate limit holds none; nor does
 *    the task of an agent that leads.
 * 3. Tasks that worked before get a slot before new ones; new ones by the longest path to the end.
 * 4. Nothing starts while the job is paused, is ending, was accepted as it is, or a change of its plan is not in force.
 * 5. What a person has to open stays shut: a gate that was not granted starts nothing.
 * 6. In a repository no task starts that may change the files of one that runs, unless the job wants that.
 * 7. Money comes from the budget's queue in order, see core/money/budget.ts: spent + reserved stays within the limit.
 */

/** What is to be done now: the workflow carries it out. */
export interface Step {
  events: EventDraft[];
  /** tasks whose workflow is to be started */
  start: string[];
  /** tasks that waited and may go on */
  grant_slots: string[];
  /** leases that were asked for, and the answer */
  leases: { lease_id: string; task_id: string; granted: boolean; amount_usd?: number; reason?: string }[];
}

/** How many tasks are working: they count against max_workers. */
export const workingTasks = (state: JobState): number =>
  Object.values(state.tasks).filter((task) => task.holds_slot).length;

/** Whether everything that a task waits for has ended well, or was skipped by a person. */
export function dependenciesMet(state: JobState, task: Task): boolean {
  return task.depends_on.every((id) => {
    const dependency = state.tasks[id]!;
    return (
      dependency.status === 'completed' ||
      (dependency.status === 'skipped' && dependency.reason === 'by_person')
    );
  });
}

/**
 * Moves everything on that can move now: opens gates, hands human tasks to people, gives slots to the tasks with
 * the longest path to the end, as far as their agents take another one; an agent that leads needs none. Tasks that were working before (rate limit, money) come before new ones.
 */
export function schedule(state: JobState, now: string): Step {
  const step: Step = { events: [], start: [], grant_slots: [], leases: [] };
  if (!isCarriedOut(state) || state.paused || state.ending || state.accepted_by !== null) return step;

  const ready: Task[] = [];
  // while a change of the plan is not in force, what works goes on, and nothing new begins
  for (const task of state.changing ? [] : plannedTasks(state)) {
    const taskState = state.tasks[task.task_id]!;
    if (taskState.status !== 'pending' || !dependenciesMet(state, task)) continue;
    const gate = gateFor(state, task);
    if (gate && !taskState.gate?.granted) openGate(taskState, task, gate.expires_seconds, now, step);
    else if (agentOf(task, taskState) === 'human' && !taskState.handed)
      handToPerson(state, taskState, task, now, step);
    else {
      ready.push(task);
      if (!taskState.announced) step.events.push({ type: 'task.ready', task_id: task.task_id, data: {} });
      taskState.announced = true;
    }
  }

  const free = () => state.spec.max_workers - workingTasks(state);
  for (const taskState of Object.values(state.tasks)) {
    const leads = isBossTask(state, taskState.task_id);
    if (taskState.wants_slot && taskState.status === 'running' && (leads || free() > 0)) {
      taskState.wants_slot = false;
      taskState.holds_slot = !leads;
      taskState.parked_until = null;
      step.grant_slots.push(taskState.task_id);
    }
  }

  const served = serveQueue(state.budget, free(), (id) => id !== null && isBossTask(state, id));
  step.events.push(...served.events);
  for (const { lease_id, task_id, amount_usd } of served.granted) {
    const taskState = state.tasks[task_id!];
    if (taskState) taskState.holds_slot = !isBossTask(state, taskState.task_id);
    step.leases.push({ lease_id, task_id: task_id!, granted: true, amount_usd });
  }
  for (const request of served.denied) {
    const { lease_id, task_id } = request;
    const reason = whyDenied(state.budget, request);
    step.leases.push({ lease_id, task_id: task_id!, granted: false, reason });
  }

  const boss = ready.findIndex(({ task_id }) => isBossTask(state, task_id));
  if (boss !== -1) {
    const [task] = ready.splice(boss, 1);
    const bossState = state.tasks[task!.task_id]!;
    start(bossState, task!, now);
    bossState.holds_slot = false;
    step.start.push(task!.task_id);
  }
  if (ready.length > 0 && free() > 0) {
    const length = ready.length > 1 ? lengthsOf(plannedTasks(state)) : null;
    if (length) ready.sort((a, b) => length.get(b.task_id)! - length.get(a.task_id)!);
    const files = filesInUse(state);
    for (const task of ready) {
      if (free() <= 0) break;
      if (isAgentFull(state, task) || !files.areFreeFor(task)) continue;
      start(state.tasks[task.task_id]!, task, now);
      files.take(task);
      step.start.push(task.task_id);
    }
  }
  return step;
}

/** Of a plan as long as that is in force: a changed one has another list of tasks. */
const lengths = new WeakMap<readonly Task[], Map<string, number>>();

function lengthsOf(tasks: readonly Task[]): Map<string, number> {
  const known = lengths.get(tasks) ?? pathToEnd(tasks);
  lengths.set(tasks, known);
  return known;
}

/** The agent that a task goes to: an operator's choice before the plan's; null is matched by capabilities. */
export const agentOf = (task: Task, taskState: TaskState): string | null =>
  taskState.agent_override ?? task.agent;

function openGate(
  taskState: TaskState,
  task: Task,
  expires_seconds: number | null,
  now: string,
  step: Step,
): void {
  taskState.status = 'awaiting_approval';
  taskState.gate = {
    requested_at: now,
    expires_at: expires_seconds === null ? null : later(now, expires_seconds),
    granted: false,
  };
  step.events.push({
    type: 'approval.requested',
    task_id: task.task_id,
    data: { approval_id: gateId(task.task_id), kind: 'gate', expires_at: taskState.gate.expires_at },
  });
}

function handToPerson(state: JobState, taskState: TaskState, task: Task, now: string, step: Step): void {
  // what they fetch now is what their work is on top of
  const head_sha = state.repository?.head_sha;
  if (head_sha) taskState.work ??= newTaskWork(head_sha);
  taskState.status = 'blocked';
  taskState.reason = 'waiting_for_person';
  taskState.agent = 'human';
  taskState.started_at = now;
  step.events.push(
    { type: 'task.blocked', task_id: task.task_id, data: { reason: 'waiting_for_person' } },
    {
      type: 'approval.requested',
      task_id: task.task_id,
      data: { approval_id: humanTaskId(task.task_id), kind: 'human_task', expires_at: null },
    },
  );
}

function start(taskState: TaskState, task: Task, now: string): void {
  taskState.status = 'running';
  taskState.reason = null;
  taskState.previous_failure = taskState.error;
  taskState.error = null;
  taskState.generation += 1;
  taskState.holds_slot = true;
  taskState.adopted = false;
  taskState.agent_appeared = false;
  delete taskState.awaits_message;
  taskState.agent = agentOf(task, taskState);
  taskState.worker = null;
  taskState.started_at ??= now;
  taskState.finished_at = null;
}

/** Approval ids: what waits, and for which task. */
export const gateId = (taskId: string): string => `gate-${taskId}`;
export const humanTaskId = (taskId: string): string => `human-${taskId}`;
/** Id of what went wrong with a task, or with the job as a whole. */
export const reviewId = (taskId: string | null): string => (taskId === null ? 'review' : `review-${taskId}`);
export const planApprovalId = (version: number): string => `plan-${version}`;

/** An ISO time some seconds after another. */
export const later = (iso: string, seconds: number): string =>
  new Date(new Date(iso).getTime() + seconds * 1000).toISOString();
