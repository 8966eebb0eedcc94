interface Node {
  task_id: string;
  depends_on: string[];
}

/** A task at its place in the tree. */
export interface Branch<T> {
  task: T;
  /** lines that lead to it, `│  └─ ` for instance */
  prefix: string;
  /** what else it waits for, besides the task it hangs under */
  also_after: string[];
}

/**
 * A DAG as a tree: each task hangs under that of its dependencies that is deepest (the last named of several).
 * Siblings keep the order of the plan.
 */
export function dagTree<T extends Node>(tasks: readonly T[]): Branch<T>[] {
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const depths = new Map<string, number>();
  const depthOf = (id: string, path: ReadonlySet<string> = new Set()): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const task = byId.get(id);
    // a plan that is shown before it was checked may hold a cycle or an unknown dependency
    if (!task || path.has(id)) return -1;
    const below = new Set(path).add(id);
    const depth = 1 + Math.max(-1, ...task.depends_on.map((dependency) => depthOf(dependency, below)));
    depths.set(id, depth);
    return depth;
  };
  const children = new Map<string | null, T[]>();
  for (const task of tasks) {
    const parent = task.depends_on
      .filter((id) => byId.has(id) && depthOf(id) < depthOf(task.task_id))
      .reduce<string | null>((best, id) => (best === null || depthOf(id) >= depthOf(best) ? id : best), null);
    children.set(parent, [...(children.get(parent) ?? []), task]);
  }
  const branches: Branch<T>[] = [];
  const walk = (parent: string | null, lead: string): void => {
    const siblings = children.get(parent) ?? [];
    siblings.forEach((task, index) => {
      const last = index === siblings.length - 1;
      const prefix = parent === null ? '' : `${lead}${last ? '└─ ' : '├─ '}`;
      branches.push({ task, prefix, also_after: task.depends_on.filter((id) => id !== parent) });
      walk(task.task_id, parent === null ? '' : `${lead}${last ? '   ' : '│  '}`);
    });
  };
  walk(null, '');
  return branches;
}
