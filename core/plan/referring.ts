import type { FieldIssue } from '../../contracts/error.ts';
import type { PlanChange, Task } from '../../contracts/plan.ts';
import { filledCommand } from '../parameters/command.ts';
import { referencesIn } from '../parameters/references.ts';
import { readResult } from '../parameters/results.ts';
import { changedTasks } from './change.ts';

/** The names of all results that a task refers to. */
const namesIn = ({ description, command, env }: Task): string[] =>
  [description, ...[command ?? []].flat(), ...Object.values(env)].flatMap((text) =>
    referencesIn(text, 'tasks').map(({ name }) => name),
  );

/**
 * Tasks that depend on what they refer to.
 * @param all ids of the whole plan
 * @returns `issues` by the place of a task in the list
 */
export function withReferredTasks(tasks: readonly Task[]): { tasks: Task[]; issues: FieldIssue[] } {
  const issues: FieldIssue[] = [];
  const all = tasks.map(({ task_id }) => task_id);
  const referring = tasks.map((task, index) => {
    const names = namesIn(task);
    if (names.length === 0) return task;
    const others = all.filter((id) => id !== task.task_id);
    const read = names.map((name) => ({ name, result: readResult(name, others) }));
    for (const { name, result } of read) {
      if (result === null) issues.push({ path: `tasks.${index}`, issue: unknownResult(name) });
    }
    const refused = task.command === null ? [] : filledCommand(task.command, NOT_KNOWN).issues;
    issues.push(...refused.map((issue) => ({ path: `tasks.${index}.command`, issue })));
    const needed = read.flatMap(({ result }) => result?.task_id ?? []);
    return { ...task, depends_on: [...new Set([...task.depends_on, ...needed])] };
  });
  return { tasks: referring, issues };
}

const unknownResult = (name: string): string =>
  `{{ tasks.${name} }} names no result: write {{ tasks.ID.output }} or {{ tasks.ID.outputs.NAME }}, with the id of another task of the plan`;

const NOT_KNOWN = { root: 'tasks', valueOf: () => null, variableOf: () => 'RESULT' } as const;

/** A change of a plan whose tasks depend on what they refer to. @returns `issues` by field of the change */
export function withReferredChange(
  before: readonly Task[],
  change: PlanChange,
): { change: PlanChange; issues: FieldIssue[] } {
  const { tasks, from } = changedTasks(before, change);
  const referring = withReferredTasks(tasks);
  const result = { ...change, add: [...change.add], change: [...change.change] };
  referring.tasks.forEach((task, index) => {
    const [list, place] = from[index]?.split('.') ?? [];
    if (task === tasks[index] || place === undefined) return;
    if (list === 'add') result.add[Number(place)] = task;
    else result.change[Number(place)] = { ...change.change[Number(place)]!, depends_on: task.depends_on };
  });
  const issues = referring.issues.flatMap(({ path, issue }) => {
    const [, index = '', ...rest] = path.split('.');
    const field = from[Number(index)];
    return field === null || field === undefined ? [] : [{ path: [field, ...rest].join('.'), issue }];
  });
  return { change: result, issues };
}
