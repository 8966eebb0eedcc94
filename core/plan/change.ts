import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { FieldIssue } from '../../contracts/error.ts';
import type { Criterion, PlanChange, Task } from '../../contracts/plan.ts';
import type { TaskView } from '../../contracts/view.ts';
import { commandIssues } from '../agents/command-policy.ts';
import { validateAgents, validateGraph } from './validate.ts';

/** How far a task is, as its state and its view tell it. */
export type Progress = Pick<TaskView, 'status' | 'reason' | 'attempt'>;

/**
 * Whether a task is past changing: an attempt was made, a person has it, or a person said to continue without it. One
 * that waits for its gate, or was skipped because of another, has not started.
 */
export function isStarted({ status, reason, attempt }: Progress): boolean {
  if (attempt > 0 || reason === 'by_person') return true;
  return !NOT_STARTED.includes(status) && reason !== 'approval_expired';
}

const NOT_STARTED: readonly Progress['status'][] = ['pending', 'awaiting_approval', 'skipped'];

/** The tasks of a plan after a change, in the plan's order with new ones at the end, and where each came from. */
export interface ChangedTasks {
  tasks: Task[];
  /** by index: the field of the change, such as `add.0`; null for tasks that stay as they are */
  from: (string | null)[];
}

/** The tasks after the change. What it says of tasks that are not there is passed over. */
export function changedTasks(before: readonly Task[], change: PlanChange): ChangedTasks {
  const dropped = new Set(change.drop);
  const changes = new Map(change.change.map((one, index) => [one.task_id, { one, from: `change.${index}` }]));
  const rows = before
    .filter(({ task_id }) => !dropped.has(task_id))
    .map((task) => {
      const found = changes.get(task.task_id);
      return found ? { task: { ...task, ...found.one }, from: found.from } : { task, from: null };
    });
  const added = change.add.map((task, index) => ({ task, from: `add.${index}` }));
  const all = [...rows, ...added];
  return { tasks: all.map(({ task }) => task), from: all.map(({ from }) => from) };
}

/** What a change is held against. */
export interface ChangeRules {
  max_tasks: number;
  /** how far the tasks of the plan are; undefined for those of a version that was never in force */
  progress(taskId: string): Progress | undefined;
  /** without it, agents and commands are not checked */
  roster?: RosterSnapshot;
  /** whether a person can be asked */
  attended: boolean;
}

/**
 * Everything that is wrong with a change, by its fields: unknown or twice named tasks, tasks that others depend on,
 * tasks that have started, and whatever would keep the plan from running. Empty: it may be made.
 */
export function planChangeIssues(
  before: { tasks: readonly Task[]; acceptance_criteria: readonly Criterion[] },
  change: PlanChange,
  rules: ChangeRules,
): FieldIssue[] {
  const named = namingIssues(before.tasks, change, rules);
  const { tasks, from } = changedTasks(before.tasks, change);
  if (tasks.length === 0) return [...named, { path: 'drop', issue: 'a plan needs at least one task' }];
  const plan = { tasks, acceptance_criteria: before.acceptance_criteria };
  const found = [
    ...validateGraph(plan, rules.max_tasks),
    ...(rules.roster ? validateAgents(plan, rules.roster) : []),
    ...tasks.flatMap((task, index) => taskIssues(task, `tasks.${index}`, rules)),
  ];
  return [...named, ...orphanIssues(before.tasks, change), ...found.flatMap((one) => located(one, from))];
}

function namingIssues(before: readonly Task[], change: PlanChange, rules: ChangeRules): FieldIssue[] {
  const known = new Set(before.map(({ task_id }) => task_id));
  const seen = new Set<string>();
  const check = (id: string, path: string): FieldIssue[] => {
    if (!known.has(id)) return [{ path, issue: `the plan has no task '${id}'` }];
    if (seen.has(id)) return [{ path, issue: `the task '${id}' is named twice` }];
    seen.add(id);
    const progress = rules.progress(id);
    if (!progress || !isStarted(progress)) return [];
    const past = progress.reason === 'by_person' ? 'was skipped by a person' : 'has started';
    return [{ path, issue: `the task '${id}' ${past}: it is ${wordsOf(progress)}` }];
  };
  const empty = change.add.length + change.change.length + change.drop.length === 0;
  return [
    ...(empty ? [{ path: 'add', issue: 'say what to add, change or drop' }] : []),
    ...change.change.flatMap(({ task_id }, index) => check(task_id, `change.${index}.task_id`)),
    ...change.drop.flatMap((id, index) => check(id, `drop.${index}`)),
  ];
}

const wordsOf = ({ status, reason }: Progress): string => (reason ? `${status} (${reason})` : status);

/** Dropped tasks that tasks which stay depend on. */
function orphanIssues(before: readonly Task[], change: PlanChange): FieldIssue[] {
  const { tasks } = changedTasks(before, change);
  const known = new Set(before.map(({ task_id }) => task_id));
  const again = new Set(change.add.map(({ task_id }) => task_id));
  return change.drop.flatMap((id, index) => {
    const behind = tasks
      .filter(({ depends_on }) => depends_on.includes(id))
      .map((task) => `'${task.task_id}'`);
    if (behind.length === 0 || !known.has(id) || again.has(id)) return [];
    const issue = `${behind.join(', ')} would be left waiting for '${id}'; change \`depends_on\` there, or drop them too`;
    return [{ path: `drop.${index}`, issue }];
  });
}

function taskIssues(task: Task, path: string, { roster, attended }: ChangeRules): FieldIssue[] {
  const refused = roster && roster.commands !== 'off' ? commandIssues(task, roster) : [];
  const alone = 'this job runs unattended';
  return [
    ...refused.map((one) => ({ ...one, path: `${path}.${one.path}` })),
    ...(attended || task.agent !== 'human' ? [] : [{ path: `${path}.agent`, issue: alone }]),
    ...(attended || task.approval === 'none' ? [] : [{ path: `${path}.approval`, issue: alone }]),
  ];
}

/** An issue of the plan as one of the change; nothing where it is about a task that the change leaves as it is. */
function located({ path, issue }: FieldIssue, from: readonly (string | null)[]): FieldIssue[] {
  const [, index, rest = ''] = /^tasks\.(\d+)(.*)$/.exec(path) ?? [];
  if (index === undefined) return [{ path: path === 'tasks' ? 'add' : path, issue }];
  const field = from[Number(index)];
  return field ? [{ path: `${field}${rest}`, issue }] : [];
}
