import type { Schemas } from '../../../client/client.ts';

type Task = Schemas['Task'];

/** What is different in a task: a field and its two values, as JSON. */
export interface FieldChange {
  name: string;
  before: string;
  after: string;
}

/** What is different between two lists of tasks. */
export interface PlanDiff {
  added: Task[];
  dropped: Task[];
  changed: { task_id: string; fields: FieldChange[] }[];
}

/** Compares tasks by their ids. A task that was renamed is one dropped and one added. */
export function planDiff(before: readonly Task[], after: readonly Task[]): PlanDiff {
  const old = new Map(before.map((task) => [task.task_id, task]));
  const kept = new Set(after.map(({ task_id }) => task_id));
  return {
    added: after.filter(({ task_id }) => !old.has(task_id)),
    dropped: before.filter(({ task_id }) => !kept.has(task_id)),
    changed: after.flatMap((task) => {
      const was = old.get(task.task_id);
      const fields = was === undefined ? [] : fieldChanges(was, task);
      return fields.length > 0 ? [{ task_id: task.task_id, fields }] : [];
    }),
  };
}

/** Whether there is no difference at all. */
export const isSame = ({ added, dropped, changed }: PlanDiff): boolean =>
  added.length + dropped.length + changed.length === 0;

/** The difference as the body of a change to a running plan. */
export function toChange(diff: PlanDiff, after: readonly Task[]): Schemas['PlanChange'] {
  const now = new Map(after.map((task) => [task.task_id, task]));
  return {
    add: diff.added,
    drop: diff.dropped.map(({ task_id }) => task_id),
    change: diff.changed.map(({ task_id, fields }) => {
      const task = Object.entries(now.get(task_id)!);
      const names = new Set(fields.map(({ name }) => name));
      return { task_id, ...Object.fromEntries(task.filter(([name]) => names.has(name))) };
    }),
  };
}

function fieldChanges(before: Task, after: Task): FieldChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Task>;
  return [...names].flatMap((name) => {
    const [was, is] = [shown(before[name]), shown(after[name])];
    return was === is ? [] : [{ name, before: was, after: is }];
  });
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value ?? null) ?? 'null');
