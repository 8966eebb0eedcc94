import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../contracts/plan.ts';
import { findCycle } from '../../core/plan/graph.ts';
import { validateGraph, validatePlan } from '../../core/plan/validate.ts';
import { dag, expectRealCycle, roster, taskOf, tasksOf } from './samples.ts';

const plan = (tasks: Task[], criteria: string[] = []) => ({
  tasks,
  acceptance_criteria: criteria.map((criterion_id) => ({ criterion_id, text: criterion_id })),
});

/** Plans with all kinds of mistakes in them. */
const anyPlan = fc
  .array(
    fc.record({
      id: fc.nat(7),
      others: fc.array(fc.nat(9), { maxLength: 3 }),
      agent: fc.constantFrom(null, 'general', 'nobody', 'somebody'),
      criteria: fc.subarray(['c1', 'c2']),
    }),
    { maxLength: 8 },
  )
  .map((rows) =>
    rows.map(({ id, others, agent, criteria }) =>
      taskOf(`t${id}`, {
        agent,
        depends_on: others.map((other) => `t${other}`),
        acceptance_criteria: criteria,
      }),
    ),
  );

describe('a plan is told everything that is wrong with it', () => {
  test('every duplicate id, unknown dependency, unknown agent, unknown criterion, and nothing else', () => {
    fc.assert(
      fc.property(anyPlan, fc.integer({ min: 1, max: 8 }), (tasks, max_tasks) => {
        const ids = tasks.map((task) => task.task_id);
        const expected = tasks.flatMap((task, index) => [
          ...(ids.indexOf(task.task_id) < index ? [`tasks.${index}.task_id`] : []),
          ...task.depends_on.flatMap((id, position) =>
            id === task.task_id || !ids.includes(id) ? [`tasks.${index}.depends_on.${position}`] : [],
          ),
          ...task.acceptance_criteria.flatMap((id, position) =>
            id === 'c1' ? [] : [`tasks.${index}.acceptance_criteria.${position}`],
          ),
          ...(task.agent === null || task.agent === 'general' ? [] : [`tasks.${index}.agent`]),
        ]);
        const issues = validatePlan(plan(tasks, ['c1']), {
          ...roster,
          limits: { max_tasks, max_workers: 9 },
        });
        const paths = issues.map(({ path }) => path);
        expect(paths.filter((path) => path !== 'tasks').sort()).toEqual(expected.sort());
        const tooMany = issues.filter(({ path, issue }) => path === 'tasks' && issue.includes('at most'));
        expect(tooMany).toHaveLength(tasks.length > max_tasks ? 1 : 0);
      }),
      { numRuns: 1000 },
    );
  });

  test('cycles: as many as it takes until without their tasks none is left, all of them real', () => {
    fc.assert(
      fc.property(anyPlan, (given) => {
        const tasks = [...new Map(given.map((task) => [task.task_id, task])).values()];
        const cycles = cyclesOf(tasks);
        for (const cycle of cycles) expectRealCycle(tasks, cycle);
        const named = new Set(cycles.flat());
        const rest = tasks
          .filter((task) => !named.has(task.task_id))
          .map((task) => ({ ...task, depends_on: task.depends_on.filter((id) => id !== task.task_id) }));
        expect(findCycle(rest)).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  test('a DAG without other mistakes may run', () => {
    fc.assert(
      fc.property(dag(10), (tasks) => {
        expect(validatePlan(plan(tasks), roster)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

test('a task that depends on itself does not hide a circle that it is in', () => {
  const issues = validateGraph(plan(tasksOf({ a: ['a', 'b'], b: ['a'] })), 500);
  expect(issues.map(({ path }) => path)).toEqual(['tasks.0.depends_on.0', 'tasks']);
});

test('a duplicate id does not hide a circle elsewhere', () => {
  const tasks = [...tasksOf({ a: [], b: ['a', 'c'], c: ['b'] }), taskOf('a')];
  expect(validateGraph(plan(tasks), 500).map(({ path }) => path)).toEqual(['tasks.3.task_id', 'tasks']);
});

test('two circles are both named', () => {
  expect(cyclesOf(tasksOf({ a: ['b'], b: ['a'], c: ['d'], d: ['c'], e: ['a', 'd'] }))).toHaveLength(2);
});

test('ten thousand tasks in a circle are told in a moment', () => {
  const tasks = Array.from({ length: 10_000 }, (_, index) =>
    taskOf(`t${index}`, { depends_on: [`t${(index + 1) % 10_000}`] }),
  );
  const began = performance.now();
  expect(validateGraph(plan(tasks), 500).map(({ path }) => path)).toEqual(['tasks', 'tasks']);
  expect(performance.now() - began).toBeLessThan(10_000);
});

describe('commands in a plan', () => {
  const paths = (fields: Partial<Task>, snapshot = roster) =>
    validatePlan(plan([taskOf('a', fields)]), snapshot).map(({ path }) => path);

  test('go to the agent `command`, which needs one', () => {
    expect(paths({ agent: 'command', command: 'true' })).toEqual([]);
    expect(paths({ agent: 'command' })).toEqual(['tasks.0.command']);
    expect(paths({ agent: 'general', command: 'true' })).toEqual(['tasks.0.command']);
    expect(paths({ command: 'true' })).toEqual(['tasks.0.command']);
  });

  test('are refused where they are switched off', () => {
    expect(paths({ agent: 'command', command: 'true' }, { ...roster, commands: 'off' })).toEqual([
      'tasks.0.agent',
    ]);
  });
});

test('criteria with one id are told', () => {
  expect(validateGraph(plan([taskOf('a')], ['c1', 'c1']), 500).map(({ path }) => path)).toEqual([
    'acceptance_criteria.1.criterion_id',
  ]);
});

/** The circles that an issue names, as lists of task ids. */
const cyclesOf = (tasks: Task[]): string[][] =>
  validateGraph(plan(tasks), 500).flatMap(({ path, issue }) =>
    path === 'tasks' ? [issue.split(': ')[1]!.split(' -> ')] : [],
  );
