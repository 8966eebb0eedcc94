import type { Schemas } from '../../../client/client.ts';

type Task = Schemas['Task'];

/** A new task, its fields at their defaults. */
export function newTask(tasks: readonly Task[]): Task {
  const taken = new Set(tasks.map(({ task_id }) => task_id));
  let number = tasks.length + 1;
  while (taken.has(`task-${number}`)) number += 1;
  return {
    task_id: `task-${number}`,
    title: 'New task',
    description: '',
    agent: null,
    capabilities: [],
    depends_on: [],
    command: null,
    env: {},
    cwd: '.',
    estimated_seconds: 60,
    timeout_seconds: 600,
    max_attempts: 3,
    total_timeout_seconds: null,
    approval: 'none',
    approval_expires_seconds: null,
    risk: 'low',
    acceptance_criteria: [],
    files: [],
    budget_usd: null,
    model: null,
  };
}

/** The tasks with one of them changed. */
export const withTask = (tasks: readonly Task[], task_id: string, change: Partial<Task>): Task[] =>
  tasks.map((task) => (task.task_id === task_id ? { ...task, ...change } : task));

/** The tasks without one of them; what depended on it no longer does. */
export const withoutTask = (tasks: readonly Task[], task_id: string): Task[] =>
  tasks
    .filter((task) => task.task_id !== task_id)
    .map((task) =>
      task.depends_on?.includes(task_id)
        ? { ...task, depends_on: task.depends_on.filter((before) => before !== task_id) }
        : task,
    );

/** The tasks with an edge more: `to` depends on `from`. Unchanged where that would close a circle. */
export function withEdge(tasks: readonly Task[], from: string, to: string): Task[] {
  if (from === to || dependsOn(tasks, from, to)) return [...tasks];
  return tasks.map((task) =>
    task.task_id === to && !task.depends_on?.includes(from)
      ? { ...task, depends_on: [...(task.depends_on ?? []), from] }
      : task,
  );
}

/** Whether a task depends on another one, directly or through others. */
export function dependsOn(tasks: readonly Task[], task_id: string, other: string): boolean {
  const edges = new Map(tasks.map((task) => [task.task_id, task.depends_on ?? []]));
  const seen = new Set<string>();
  const open = [task_id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === other) return true;
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(edges.get(at) ?? []));
  }
  return false;
}
