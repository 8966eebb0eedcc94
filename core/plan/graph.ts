import { meetingPairs } from '../repository/file-scope.ts';

/** What graph functions need of a task. */
export interface Node {
  task_id: string;
  depends_on: readonly string[];
  estimated_seconds: number;
}

/**
 * Task ids so that each comes after everything it depends on, in the plan's own order where that leaves a
 * choice. Unknown dependencies are ignored. Tasks on or behind a cycle are left out.
 */
export function topologicalOrder(tasks: readonly Node[]): string[] {
  const waitsFor = new Map<string, number>();
  const known = new Set(tasks.map((task) => task.task_id));
  for (const task of tasks) {
    waitsFor.set(task.task_id, new Set(task.depends_on.filter((id) => known.has(id))).size);
  }
  const dependents = dependentsOf(tasks);
  const ready = [...waitsFor].flatMap(([id, count]) => (count === 0 ? [id] : []));
  const order: string[] = [];
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id);
    for (const dependent of dependents.get(id) ?? []) {
      const left = waitsFor.get(dependent)! - 1;
      waitsFor.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  return order;
}

/** Direct dependents of each task, without doubles. */
export function dependentsOf(tasks: readonly Node[]): Map<string, string[]> {
  const dependents = new Map(tasks.map((task) => [task.task_id, new Set<string>()]));
  for (const task of tasks) {
    for (const id of task.depends_on) dependents.get(id)?.add(task.task_id);
  }
  return new Map([...dependents].map(([id, behind]) => [id, [...behind]]));
}

/** Everything that depends on the task, directly or through others; the task itself excluded. */
export function descendantsOf(tasks: readonly Node[], taskId: string): Set<string> {
  const dependents = dependentsOf(tasks);
  const found = new Set<string>();
  const queue = [taskId];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const dependent of dependents.get(id) ?? []) {
      if (!found.has(dependent)) {
        found.add(dependent);
        queue.push(dependent);
      }
    }
  }
  return found;
}

/** One cycle as a list of task ids, the first repeated at the end; null for a DAG. */
export function findCycle(tasks: readonly Node[]): string[] | null {
  const ordered = new Set(topologicalOrder(tasks));
  const left = new Map(
    tasks.filter((task) => !ordered.has(task.task_id)).map((task) => [task.task_id, task]),
  );
  const start = left.values().next().value;
  if (start === undefined) return null;
  // every task that is left waits for another one that is left, so walking back must come round
  const path = new Set<string>();
  let id = start.task_id;
  while (!path.has(id)) {
    path.add(id);
    id = left.get(id)!.depends_on.find((dependency) => left.has(dependency))!;
  }
  const cycle = [...path].slice([...path].indexOf(id));
  return [...cycle, id].reverse();
}

/** Seconds from the start of each task to the end of the longest path behind it, its own estimate included. */
export function pathToEnd(tasks: readonly Node[]): Map<string, number> {
  const dependents = dependentsOf(tasks);
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const length = new Map<string, number>();
  for (const id of topologicalOrder(tasks).reverse()) {
    const behind = (dependents.get(id) ?? []).map((dependent) => length.get(dependent) ?? 0);
    length.set(id, byId.get(id)!.estimated_seconds + Math.max(0, ...behind));
  }
  return length;
}

/** The longest path by estimate, from its first task to its last, and its length in seconds. */
export function criticalPath(tasks: readonly Node[]): { task_ids: string[]; seconds: number } {
  const length = pathToEnd(tasks);
  const dependents = dependentsOf(tasks);
  const known = new Set(tasks.map((task) => task.task_id));
  const longest = (ids: string[]) =>
    ids.reduce<string | undefined>(
      (best, id) => (best === undefined || (length.get(id) ?? 0) > (length.get(best) ?? 0) ? id : best),
      undefined,
    );
  const roots = tasks
    .filter((task) => !task.depends_on.some((id) => known.has(id)))
    .map((task) => task.task_id);
  const path: string[] = [];
  for (let id = longest(roots); id !== undefined; id = longest(dependents.get(id) ?? [])) path.push(id);
  return { task_ids: path, seconds: path[0] === undefined ? 0 : (length.get(path[0]) ?? 0) };
}

type FileNode = Node & { files: readonly string[] };

interface FileConflict {
  file: string;
  task_ids: string[];
}

/** Every status of a job asks for the same again. */
const known = new WeakMap<readonly FileNode[], FileConflict[]>();

/**
 * Files, or patterns of files, that tasks without an order between them may both change: they may step on each other. Of two
 * patterns that may name the same file the narrower one is told.
 */
export function fileConflicts(tasks: readonly FileNode[]): FileConflict[] {
  const conflicts = known.get(tasks) ?? findConflicts(tasks);
  known.set(tasks, conflicts);
  return conflicts;
}

function findConflicts(tasks: readonly FileNode[]): FileConflict[] {
  const namedBy = new Map<string, string[]>();
  for (const task of tasks) {
    for (const file of new Set(task.files)) {
      const others = namedBy.get(file);
      if (others) others.push(task.task_id);
      else namedBy.set(file, [task.task_id]);
    }
  }
  const users = new Map([...namedBy].map(([file, ids]) => [file, new Set(ids)]));
  for (const [narrow, wide] of meetingPairs(namedBy.keys())) {
    for (const id of namedBy.get(wide)!) users.get(narrow)!.add(id);
  }
  const shared = [...users].filter(([, ids]) => ids.size > 1);
  if (shared.length === 0) return [];
  const { bit, related } = relations(tasks);
  return shared.flatMap(([file, ids]) => {
    const all = [...ids].reduce((bits, id) => bits | bit.get(id)!, 0n);
    const task_ids = [...ids].filter((id) => (all & ~related.get(id)!) !== 0n);
    return task_ids.length > 0 ? [{ file, task_ids }] : [];
  });
}

/**
 * A bit for each task, and for each task the bits of itself and of everything before and behind it. Bit sets,
 * because the status of a job asks for this and a plan of 500 tasks can have 100,000 dependencies.
 */
function relations(tasks: readonly Node[]): { bit: Map<string, bigint>; related: Map<string, bigint> } {
  const bit = new Map(tasks.map((task, index) => [task.task_id, 1n << BigInt(index)]));
  const dependencies = new Map(tasks.map((task) => [task.task_id, task.depends_on]));
  const dependents = dependentsOf(tasks);
  const order = topologicalOrder(tasks);
  const reach = (ids: string[], next: ReadonlyMap<string, readonly string[]>) => {
    const reached = new Map(bit);
    for (const id of ids) {
      reached.set(
        id,
        next.get(id)!.reduce((bits, other) => bits | (reached.get(other) ?? 0n), bit.get(id)!),
      );
    }
    return reached;
  };
  const before = reach(order, dependencies);
  const behind = reach([...order].reverse(), dependents);
  return { bit, related: new Map([...bit.keys()].map((id) => [id, before.get(id)! | behind.get(id)!])) };
}
