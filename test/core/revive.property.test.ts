import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskSettlement } from '../../contracts/attempt.ts';
import type { CommandName } from '../../contracts/command.ts';
import { applyCommand, checkCommand } from '../../core/commands/index.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import { causesOf, settleTask } from '../../core/schedule/settle.ts';
import { type JobState, plannedTasks, type TaskState } from '../../core/state/job-state.ts';
import { anyHistory } from './happenings.ts';
import { unfold } from './history.ts';
import { approvedJob, START, taskOf, tasksOf } from './samples.ts';

const RUNS = { numRuns: 400 };

const isConsequence = ({ status, reason }: TaskState) =>
  status === 'skipped' && (reason === 'dependency_failed' || reason === 'dependency_rejected');
const isLost = ({ status, reason }: TaskState) =>
  status === 'failed' || (status === 'skipped' && reason !== 'by_person');

test('a task is skipped as a consequence exactly while something that it depends on is lost', () => {
  fc.assert(
    fc.property(anyHistory(), ([job, happenings]) => {
      unfold(job, happenings, {
        happened({ state }) {
          if (state.phase !== 'executing' || state.ending) return;
          for (const task of plannedTasks(state)) {
            const taskState = state.tasks[task.task_id]!;
            const lost = task.depends_on.some((id) => isLost(state.tasks[id]!));
            if (isConsequence(taskState) !== lost && taskState.reason !== 'by_person') {
              throw new Error(`${task.task_id} is ${taskState.status}, a dependency is lost: ${lost}`);
            }
          }
        },
      });
    }),
    RUNS,
  );
});

test('what is completed, and what a person skipped, stays so', () => {
  fc.assert(
    fc.property(anyHistory(), ([job, happenings]) => {
      let before: JobState | null = null;
      unfold(job, happenings, {
        happened({ state }) {
          for (const task of Object.values(before?.tasks ?? {})) {
            const now = state.tasks[task.task_id]!;
            if (task.status === 'completed' || task.reason === 'by_person') {
              if (
                now.status !== task.status ||
                now.reason !== task.reason ||
                now.generation !== task.generation
              )
                throw new Error(`${task.task_id} was ${task.status} and is ${now.status}`);
            }
          }
          before = state.phase === 'executing' ? structuredClone(state) : null;
        },
      });
    }),
    RUNS,
  );
});

test('a retry revives exactly the causes and what nothing else keeps skipped, and counts for the task named', () => {
  fc.assert(
    fc.property(anyHistory(), fc.nat(), ([job, happenings], pick) => {
      const { state } = unfold(job, happenings);
      const may = Object.keys(state.tasks).filter(
        (task_id) => !checkCommand(state, 'retry_task', { task_id }),
      );
      const task_id = may[pick % may.length];
      if (task_id === undefined) return;
      const before = structuredClone(state);
      const causes = isConsequence(before.tasks[task_id]!) ? reachableCauses(before, task_id) : [task_id];
      applyCommand(state, 'retry_task', { task_id }, START);
      for (const cause of causes)
        expect(state.tasks[cause]).toMatchObject({ status: 'pending', reason: null });
      for (const task of plannedTasks(state)) {
        const was = before.tasks[task.task_id]!;
        const is = state.tasks[task.task_id]!;
        const kept = task.depends_on.some((id) => isLost(state.tasks[id]!));
        const expected =
          causes.includes(task.task_id) || (isConsequence(was) && !kept) ? 'pending' : was.status;
        expect(is.status).toBe(expected);
        expect(is.retry_count).toBe(was.retry_count + (task.task_id === task_id ? 1 : 0));
      }
    }),
    { numRuns: 500 },
  );
});

describe('a diamond behind two tasks', () => {
  const failed = (
    tasks: Parameters<typeof approvedJob>[0],
    ids: string[],
    policy: 'review' | 'continue' = 'review',
  ) => {
    const state = approvedJob(tasks, { max_workers: 9, on_task_failure: policy });
    schedule(state, START);
    for (const id of ids) settleTask(state, failure(state, id), START);
    return state;
  };
  const plan = tasksOf({ a: [], b: [], left: ['a'], both: ['a', 'b'], end: ['left', 'both'] });
  const statuses = (state: JobState) =>
    Object.fromEntries(Object.values(state.tasks).map(({ task_id, status }) => [task_id, status]));
  const follow = (state: JobState, name: CommandName, task_id: string) =>
    applyCommand(state, name, { task_id, output: '' }, START);

  test('stays skipped as far as another failed task keeps it so', () => {
    const state = failed(plan, ['a', 'b']);
    follow(state, 'retry_task', 'a');
    expect(statuses(state)).toEqual({
      a: 'pending',
      b: 'failed',
      left: 'pending',
      both: 'skipped',
      end: 'skipped',
    });
    follow(state, 'retry_task', 'b');
    expect(statuses(state)).toMatchObject({ b: 'pending', both: 'pending', end: 'pending' });
  });

  test('is revived with all causes when a skipped task in it is retried', () => {
    const state = failed(plan, ['a', 'b']);
    expect(causesOf(state, 'end').sort()).toEqual(['a', 'b']);
    follow(state, 'retry_task', 'end');
    expect(Object.values(statuses(state))).toEqual(Array(5).fill('pending'));
  });

  test('runs when a person skips what failed, but for what the person skipped too', () => {
    const state = failed(plan, ['a']);
    follow(state, 'skip_task', 'left');
    follow(state, 'skip_task', 'a');
    expect(statuses(state)).toMatchObject({ a: 'skipped', left: 'skipped', both: 'pending', end: 'pending' });
    expect(checkCommand(state, 'retry_task', { task_id: 'left' })?.code).toBe('conflict');
  });

  test('runs when a person completes what failed', () => {
    const state = failed(plan, ['a']);
    follow(state, 'complete_task', 'a');
    expect(statuses(state)).toMatchObject({ a: 'completed', left: 'pending', both: 'pending' });
  });
});

test('a skip that a person asked for stands between a failure and what comes behind', () => {
  const state = approvedJob(tasksOf({ a: [], b: ['a'], c: ['b'] }), { max_workers: 1 });
  schedule(state, START);
  applyCommand(state, 'skip_task', { task_id: 'b' }, START);
  settleTask(state, failure(state, 'a'), START);
  expect(schedule(state, START).start).toEqual(['c']);
});

test('a rejected gate takes its dependents with it; opened again, they come back', () => {
  const tasks = [taskOf('gate', { approval: 'required' }), taskOf('behind', { depends_on: ['gate'] })];
  const state = approvedJob(tasks);
  schedule(state, START);
  applyCommand(state, 'reject_task', { task_id: 'gate' }, START);
  expect(state.tasks).toMatchObject({
    gate: { status: 'skipped', reason: 'rejected' },
    behind: { status: 'skipped', reason: 'dependency_rejected' },
  });
  applyCommand(state, 'retry_task', { task_id: 'behind' }, START);
  schedule(state, START);
  expect(state.tasks).toMatchObject({ gate: { status: 'awaiting_approval' }, behind: { status: 'pending' } });
});

test('a gate that a person has opened stays open when its task is retried', () => {
  const state = approvedJob([taskOf('a', { approval: 'required' })]);
  schedule(state, START);
  applyCommand(state, 'approve_task', { task_id: 'a' }, START);
  schedule(state, START);
  settleTask(state, failure(state, 'a'), START);
  applyCommand(state, 'retry_task', { task_id: 'a' }, START);
  expect(schedule(state, START).start).toEqual(['a']);
});

test('the causes of a skip are found at once in a dense plan', () => {
  const layers = Array.from({ length: 40 }, (_, layer) => [`l${layer}`, `r${layer}`]);
  const tasks = layers.flatMap((ids, layer) =>
    ids.map((id) => taskOf(id, { depends_on: layers[layer - 1] ?? ['first'] })),
  );
  const state = approvedJob([taskOf('first'), ...tasks]);
  schedule(state, START);
  settleTask(state, failure(state, 'first'), START);
  expect(causesOf(state, 'r39')).toEqual(['first']);
});

test('a settlement of an earlier start, or one that comes twice, changes nothing', () => {
  const state = approvedJob(tasksOf({ a: [] }));
  schedule(state, START);
  const first = failure(state, 'a');
  settleTask(state, first, START);
  applyCommand(state, 'retry_task', { task_id: 'a' }, START);
  schedule(state, START);
  const before = structuredClone(state);
  expect(settleTask(state, first, START)).toEqual([]);
  expect(state).toEqual(before);
});

test('a task that was cancelled from outside has failed, and can be retried', () => {
  const state = approvedJob(tasksOf({ a: [], b: ['a'] }));
  schedule(state, START);
  settleTask(state, { ...failure(state, 'a'), outcome: { status: 'cancelled' } }, START);
  expect(state.tasks).toMatchObject({ a: { status: 'failed' }, b: { status: 'skipped' } });
  expect(checkCommand(state, 'retry_task', { task_id: 'a' })).toBeNull();
});

/** Lost tasks that can be reached from a skipped one over skipped ones. */
function reachableCauses(state: JobState, from: string): string[] {
  const { depends_on } = plannedTasks(state).find((task) => task.task_id === from)!;
  const found = depends_on.flatMap((id) => {
    if (isConsequence(state.tasks[id]!)) return reachableCauses(state, id);
    return isLost(state.tasks[id]!) ? [id] : [];
  });
  return [...new Set(found)];
}

const failure = (state: JobState, task_id: string): TaskSettlement => ({
  task_id,
  generation: state.tasks[task_id]!.generation,
  attempt: 1,
  agent: 'general',
  worker: 'worker-1',
  outcome: {
    status: 'failed',
    error: { code: 'exit', message: 'exit code 1', retryable: true },
    artifacts: [],
  },
});
