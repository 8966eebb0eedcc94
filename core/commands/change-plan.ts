import type { FieldIssue } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import type { Plan, Task } from '../../contracts/plan.ts';
import { allowCommands, commandsOfPlan, forbidden } from '../agents/command-rights.ts';
import { keepsBoss } from '../boss/first-plan.ts';
import { reportRejected } from '../boss/reports.ts';
import { type ChangedTasks, changedTasks, planChangeIssues } from '../plan/change.ts';
import { topologicalOrder } from '../plan/graph.ts';
import { nextVersion, setPlan } from '../plan/version.ts';
import { planApprovalId } from '../schedule/schedule.ts';
import { isConsequence, isLost, resetTask } from '../schedule/settle.ts';
import {
  isAttended,
  type JobState,
  jobStatus,
  newTaskState,
  ownOf,
  plannedTasks,
  type TaskState,
  taskStateOf,
} from '../state/job-state.ts';
import { stalePlan } from './stale-plan.ts';
import { type CommandRule, conflict, tasksMayChange } from './types.ts';

/** change_plan: tasks that have not started are added, changed and dropped, also while others run. */
export const changeCommands: { change_plan: CommandRule<'change_plan'> } = {
  change_plan: {
    check(state, args) {
      const refused = unchangeable(state) ?? stalePlan(state, args.version);
      if (refused) return refused;
      const after = changedTasks(state.plan!.tasks, args);
      const fields = [
        ...keepsBoss(state, after.tasks, 'drop'),
        ...planChangeIssues(state.plan!, args, {
          max_tasks: state.snapshot!.limits.max_tasks,
          progress: (id) => taskStateOf(state, id),
          attended: isAttended(state.spec),
        }),
      ];
      if (fields.length > 0)
        return { code: 'validation', message: 'the plan cannot be changed like that', fields };
      return args.no_commands ? forbidden(newCommands(state.plan!, after)) : null;
    },
    apply(state, args, now) {
      allowCommands(state.spec, args);
      const before = state.plan!;
      const { tasks } = changedTasks(before.tasks, args);
      const plan: Plan = { ...before, ...nextVersion(before, tasks), source: 'edited', tasks };
      const ids = (list: { task_id: string }[]) => list.map(({ task_id }) => task_id);
      const data = { added: ids(args.add), changed: ids(args.change), dropped: args.drop };
      const runs = tasksMayChange(state);
      const edited = setPlan(state, plan, { type: 'plan.edited', actor: args.actor }).map((event) => ({
        ...event,
        data: { ...event.data, ...data },
      }));
      return runs ? [...edited, ...takeUp(state, before, now)] : edited;
    },
  },
};

/** Commands that a change would bring in, by its own fields. */
function newCommands(before: Plan, { tasks, from }: ChangedTasks): FieldIssue[] {
  return commandsOfPlan({ tasks }, before).map(({ path, issue }) => ({
    path: path.replace(/^tasks\.(\d+)/, (_, index) => from[Number(index)] ?? path),
    issue,
  }));
}

/**
 * Makes the current version of a running plan the one that is carried out, once it was checked and, where every
 * version has to be, approved. Until then nothing new starts.
 * @param before the version that it replaces
 */
export function takeUp(state: JobState, before: Plan, now: string): EventDraft[] {
  state.changing ??= { base: before, tasks: {} };
  state.review = null;
  state.phase = state.spec.approval === 'every_version' ? 'awaiting_approval' : 'executing';
  const same = unchanged(before.tasks, state.plan!.tasks);
  const earlier = state.tasks;
  state.tasks = Object.fromEntries(
    state.plan!.tasks.map((task) => [
      task.task_id,
      same.has(task.task_id) ? earlier[task.task_id]! : newTaskState(task),
    ]),
  );
  for (const [id, task] of Object.entries(earlier)) {
    if (!same.has(id)) state.changing.tasks[id] = ownOf(state.changing.tasks, id) ?? task;
  }
  return realign(state, now);
}

/** Whether the current version changes a running plan and was not held against the roster yet. */
export const isUnchecked = (state: JobState): boolean =>
  Boolean(state.changing) && state.snapshot_version !== state.plan!.version;

/**
 * What becomes of a change that was just checked: it is in force, or waits for a person where every version does. One
 * that cannot run and waits for nobody is taken back.
 */
export function changeChecked(state: JobState, now: string): { events: EventDraft[]; waits: boolean } {
  const { base } = state.changing!;
  const same = unchanged(base.tasks, plannedTasks(state));
  // what is wrong by now with tasks that stay as they were is not the change's
  state.plan_problems = state.plan_problems.filter(({ path }) => {
    const index = /^tasks\.(\d+)/.exec(path)?.[1];
    return index === undefined || !same.has(plannedTasks(state)[Number(index)]!.task_id);
  });
  if (state.spec.approval === 'every_version') return { events: [], waits: true };
  if (state.plan_problems.length === 0) {
    const covered = `covered by the approval of version ${state.approved_version}`;
    return { events: approveChange(state, undefined, covered), waits: false };
  }
  const problems = state.plan_problems.map(({ path, issue }) => `${path}: ${issue}`).join('; ');
  return { events: rejectChange(state, now, `the change cannot run (${problems})`), waits: false };
}

/** The change is in force: its tasks may start. */
export function approveChange(state: JobState, actor?: string, note?: string): EventDraft[] {
  const plan_version = state.plan!.version;
  const waited = state.phase === 'awaiting_approval';
  state.approved_version = plan_version;
  state.changing = null;
  state.phase = 'executing';
  return [
    { type: 'job.approved', actor, data: { plan_version, ...(note ? { note } : {}) } },
    ...(waited ? [{ type: 'job.running' as const, data: { plan_version } }] : []),
  ];
}

/** The plan goes on as it was before the change: its tasks make one more version. */
export function rejectChange(
  state: JobState,
  now: string,
  reason = 'the change was rejected',
  actor?: string,
): EventDraft[] {
  const { base, tasks: kept } = state.changing!;
  const rejected = state.plan!;
  const same = unchanged(base.tasks, rejected.tasks);
  const tasks = base.tasks.map((task): [string, TaskState] => {
    const before = same.has(task.task_id) ? state.tasks : kept;
    return [task.task_id, ownOf(before, task.task_id) ?? newTaskState(task)];
  });
  const stays = new Set(base.tasks.map(({ task_id }) => task_id));
  const gone = rejected.tasks.map(({ task_id }) => task_id).filter((id) => !stays.has(id));
  const plan = { ...base, version: rejected.version + 1 };
  const edited = setPlan(state, plan, { type: 'plan.edited', actor });
  state.tasks = Object.fromEntries(tasks);
  state.approved_version = plan.version;
  state.snapshot_version = plan.version;
  state.changing = null;
  state.phase = 'executing';
  const data = { approval_id: planApprovalId(rejected.version), kind: 'plan', reason };
  return [
    { type: 'approval.denied', actor, data },
    ...edited.map((event) => ({ ...event, data: { ...event.data, restores: base.version } })),
    ...realign(state, now),
    ...reportRejected(state, gone, reason, now),
  ];
}

/** Ids of the tasks that are the same in both versions. */
function unchanged(before: readonly Task[], after: readonly Task[]): Set<string> {
  const texts = new Map(before.map((task) => [task.task_id, JSON.stringify(task)]));
  const same = after.filter((task) => texts.get(task.task_id) === JSON.stringify(task));
  return new Set(same.map(({ task_id }) => task_id));
}

/** Skips what now waits for a task that will not be there, and puts back in line what no longer does. */
function realign(state: JobState, now: string): EventDraft[] {
  const tasks = plannedTasks(state);
  const dependencies = new Map(tasks.map((task) => [task.task_id, task.depends_on]));
  return topologicalOrder(tasks).flatMap((id): EventDraft[] => {
    const task = state.tasks[id]!;
    const waits = task.status === 'pending' || task.status === 'awaiting_approval';
    if (!waits && !isConsequence(task)) return [];
    const lost = dependencies
      .get(id)!
      .map((other) => state.tasks[other]!)
      .filter(isLost);
    if (lost.length === 0) {
      if (isConsequence(task)) resetTask(task);
      return [];
    }
    const failed = lost.some(({ status, reason }) => status === 'failed' || reason === 'dependency_failed');
    const reason = failed ? 'dependency_failed' : 'dependency_rejected';
    Object.assign(task, { status: 'skipped', reason, gate: null });
    if (!waits) return [];
    task.finished_at = now;
    return [{ type: 'task.skipped', task_id: id, data: { reason, because_of: lost[0]!.task_id } }];
  });
}

function unchangeable(state: JobState) {
  if (state.plan && (state.phase === 'awaiting_approval' || tasksMayChange(state))) return null;
  return conflict(
    state.plan && state.phase !== 'planning'
      ? `the plan cannot be changed any more; the job is ${jobStatus(state)}`
      : 'there is no plan to change yet; the job is planning',
  );
}
