import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../contracts/plan.ts';
import {
  criticalPath,
  descendantsOf,
  fileConflicts,
  findCycle,
  pathToEnd,
  topologicalOrder,
} from '../../core/plan/graph.ts';
import { dag, expectRealCycle, taskOf, tasksOf } from './samples.ts';

/** Any graph at all: cycles, loops, unknown and repeated dependencies, repeated ids. */
const anyGraph = fc
  .array(fc.tuple(fc.nat(6), fc.array(fc.nat(7), { maxLength: 4 })), { maxLength: 8 })
  .map((rows) =>
    rows.map(([id, others]) => taskOf(`t${id}`, { depends_on: others.map((other) => `t${other}`) })),
  );
const withoutDuplicates = anyGraph.map((tasks) => [
  ...new Map(tasks.map((task) => [task.task_id, task])).values(),
]);

/** Every path from a task to a task that nothing depends on. */
function pathsFrom(tasks: Task[], id: string): string[][] {
  const next = tasks.filter((task) => task.depends_on.includes(id));
  if (next.length === 0) return [[id]];
  return next.flatMap((task) => pathsFrom(tasks, task.task_id).map((path) => [id, ...path]));
}

/** Whether a task can be reached from another by following dependents; a task reaches itself only by a cycle. */
function reaches(tasks: Task[], from: string, to: string, seen = new Set<string>()): boolean {
  return tasks
    .filter((task) => task.depends_on.includes(from) && !seen.has(task.task_id))
    .some((task) => {
      if (task.task_id === to) return true;
      seen.add(task.task_id);
      return reaches(tasks, task.task_id, to, seen);
    });
}

const secondsOf = (tasks: Task[], path: string[]) =>
  path.reduce((sum, id) => sum + tasks.find((task) => task.task_id === id)!.estimated_seconds, 0);

describe('topological order', () => {
  test('has every task of a DAG once, each after everything it depends on', () => {
    fc.assert(
      fc.property(dag(10), (tasks) => {
        const order = topologicalOrder(tasks);
        expect([...order].sort()).toEqual(tasks.map((task) => task.task_id).sort());
        for (const task of tasks) {
          for (const id of task.depends_on)
            expect(order.indexOf(id)).toBeLessThan(order.indexOf(task.task_id));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('leaves out exactly the tasks on or behind a cycle', () => {
    fc.assert(
      fc.property(withoutDuplicates, (tasks) => {
        const cyclic = (id: string) => reaches(tasks, id, id);
        const fine = tasks
          .map((task) => task.task_id)
          .filter(
            (id) =>
              !cyclic(id) && !tasks.some((task) => cyclic(task.task_id) && reaches(tasks, task.task_id, id)),
          );
        expect(topologicalOrder(tasks).sort()).toEqual(fine.sort());
      }),
      { numRuns: 1000 },
    );
  });

  test('has no task twice, whatever the graph', () => {
    fc.assert(
      fc.property(anyGraph, (tasks) => {
        const order = topologicalOrder(tasks);
        expect(new Set(order).size).toBe(order.length);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('cycles', () => {
  test('one is found if and only if there is one, and it is real', () => {
    fc.assert(
      fc.property(withoutDuplicates, (tasks) => {
        const cycle = findCycle(tasks);
        const exists = tasks.some((task) => reaches(tasks, task.task_id, task.task_id));
        expect(cycle !== null).toBe(exists);
        if (cycle) expectRealCycle(tasks, cycle);
      }),
      { numRuns: 2000 },
    );
  });

  test('a graph with duplicate ids does not throw', () => {
    fc.assert(
      fc.property(anyGraph, (tasks) => {
        findCycle(tasks);
      }),
      { numRuns: 500 },
    );
  });
});

describe('paths', () => {
  test('the path to the end is the longest of all, and the critical path is one of that length', () => {
    fc.assert(
      fc.property(dag(7), (tasks) => {
        const length = pathToEnd(tasks);
        const all = tasks.flatMap((task) => {
          const paths = pathsFrom(tasks, task.task_id);
          expect(length.get(task.task_id)).toBe(Math.max(...paths.map((path) => secondsOf(tasks, path))));
          return paths;
        });
        const critical = criticalPath(tasks);
        expect(critical.seconds).toBe(Math.max(...all.map((path) => secondsOf(tasks, path))));
        expect(secondsOf(tasks, critical.task_ids)).toBe(critical.seconds);
        expect(all).toContainEqual(critical.task_ids);
      }),
      { numRuns: 500 },
    );
  });

  test('no task, no path', () => {
    expect(criticalPath([])).toEqual({ task_ids: [], seconds: 0 });
  });
});

describe('descendants', () => {
  test('are what can be reached, without the task itself', () => {
    fc.assert(
      fc.property(dag(8), fc.nat(), (tasks, pick) => {
        const id = tasks[pick % tasks.length]!.task_id;
        const expected = tasks.map((task) => task.task_id).filter((other) => reaches(tasks, id, other));
        expect([...descendantsOf(tasks, id)].sort()).toEqual(expected.sort());
      }),
      { numRuns: 500 },
    );
  });
});

describe('file conflicts', () => {
  const files = fc.record({ files: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }) });

  test('name a file, and the tasks that may write it at the same time', () => {
    fc.assert(
      fc.property(dag(8, files), (tasks) => {
        const expected = ['a', 'b', 'c'].flatMap((file) => {
          const users = tasks.filter((task) => task.files.includes(file)).map((task) => task.task_id);
          const task_ids = users.filter((id) =>
            users.some((other) => other !== id && !reaches(tasks, id, other) && !reaches(tasks, other, id)),
          );
          return task_ids.length > 0 ? [{ file, task_ids }] : [];
        });
        const byFile = (a: { file: string }, b: { file: string }) => (a.file < b.file ? -1 : 1);
        expect(fileConflicts(tasks).sort(byFile)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('of a plan as big as the limits allow are found fast enough for a status query', () => {
    const names = Array.from({ length: 100 }, (_, index) => `f${index}`);
    const tasks = Array.from({ length: 500 }, (_, index) =>
      taskOf(`t${index}`, {
        files: names,
        depends_on: Array.from({ length: index % 2 === 0 ? index : index - 1 }, (_, other) => `t${other}`),
      }),
    );
    const began = performance.now();
    expect(fileConflicts(tasks)).toHaveLength(100);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

test('a dependency that is named twice counts once', () => {
  const tasks = tasksOf({ a: [], b: ['a', 'a'], c: ['b', 'a', 'b'] });
  expect(topologicalOrder(tasks)).toEqual(['a', 'b', 'c']);
  expect(findCycle(tasks)).toBeNull();
});
