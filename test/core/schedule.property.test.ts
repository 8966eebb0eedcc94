import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathToEnd } from '../../core/plan/graph.ts';
import { agentOf, schedule } from '../../core/schedule/schedule.ts';
import { type JobState, plannedTasks, type TaskState } from '../../core/state/job-state.ts';
import { anyHistory } from './happenings.ts';
import { running, unfold, type Watch } from './history.ts';
import { approvedJob, START, taskOf, tasksOf } from './samples.ts';

const RUNS = { numRuns: 300 };

/** Checks something about every step of the workflow, in random histories. */
const always = (watch: Watch) =>
  fc.assert(
    fc.property(anyHistory(), ([state, happenings]) => {
      unfold(state, happenings, watch);
    }),
    RUNS,
  );

const done = (task: TaskState) =>
  task.status === 'completed' || (task.status === 'skipped' && task.reason === 'by_person');

const working = (state: JobState) => Object.values(state.tasks).filter((task) => task.holds_slot);

/** Tasks that could be started now, if there was a slot. */
const startable = (state: JobState) =>
  plannedTasks(state).filter((task) => {
    const taskState = state.tasks[task.task_id]!;
    return (
      taskState.status === 'pending' &&
      task.depends_on.every((id) => done(state.tasks[id]!)) &&
      (task.approval === 'none' || taskState.gate?.granted === true) &&
      agentOf(task, taskState) !== 'human'
    );
  });

const isHeld = (state: JobState) => state.phase !== 'executing' || state.paused || state.ending !== null;

test('at most max_workers tasks work at once, and only running ones do', () => {
  const check = ({ state }: { state: JobState }) => {
    expect(working(state).length).toBeLessThanOrEqual(state.spec.max_workers);
    for (const task of working(state)) expect(task.status).toBe('running');
  };
  always({ scheduled: check, happened: check });
});

test('a task starts only after all that it depends on is completed, or skipped by a person, and its gate is open', () => {
  always({
    scheduled({ state }, { start }, before) {
      for (const id of start) {
        const planned = plannedTasks(state).find((task) => task.task_id === id)!;
        expect(before.tasks[id]!.status).toBe('pending');
        for (const dependency of planned.depends_on) expect(done(state.tasks[dependency]!)).toBe(true);
        if (planned.approval === 'required') expect(before.tasks[id]!.gate?.granted).toBe(true);
        expect(state.tasks[id]).toMatchObject({
          status: 'running',
          holds_slot: true,
          generation: before.tasks[id]!.generation + 1,
        });
      }
    },
  });
});

test('no ready task is idle while a slot is free, and the longest path goes first', () => {
  always({
    scheduled({ state }, { start }) {
      if (isHeld(state)) return;
      const idle = startable(state);
      if (idle.length > 0) expect(working(state).length).toBe(state.spec.max_workers);
      const length = pathToEnd(plannedTasks(state));
      for (const id of start) {
        for (const task of idle) expect(length.get(id)).toBeGreaterThanOrEqual(length.get(task.task_id)!);
      }
    },
  });
});

test('a task that wants to work again is not passed by one that has not begun', () => {
  always({
    scheduled({ state }, { start }) {
      const waiting = running(state).filter((task) => task.wants_slot);
      if (waiting.length > 0) expect(start).toEqual([]);
    },
  });
});

test('a task that waits for a person, money or a rate limit holds no slot', () => {
  const check = ({ state }: { state: JobState }) => {
    for (const task of Object.values(state.tasks)) {
      const asks = state.budget.queue.some((lease) => lease.task_id === task.task_id);
      if (task.status !== 'running' || asks || task.parked_until || task.wants_slot)
        expect(task.holds_slot).toBe(false);
    }
  };
  always({ scheduled: check, happened: check });
});

test('nothing starts, is granted or handed out while the job is paused, ending or in another phase', () => {
  always({
    scheduled(_, step, before) {
      if (isHeld(before) && !before.changing)
        expect(step).toEqual({ events: [], start: [], grant_slots: [], leases: [] });
    },
  });
});

test('every task that is ready waits for its person: a gate first, then a human task', () => {
  always({
    scheduled({ state }) {
      if (isHeld(state)) return;
      for (const task of plannedTasks(state)) {
        const taskState = state.tasks[task.task_id]!;
        const ready = task.depends_on.every((id) => done(state.tasks[id]!));
        if (taskState.status !== 'pending' || !ready) continue;
        expect(task.approval === 'none' || taskState.gate?.granted).toBe(true);
        expect(agentOf(task, taskState)).not.toBe('human');
      }
    },
  });
});

test('a task that is started again reports to whoever started it, and shows no worker of the time before', () => {
  const state = approvedJob(tasksOf({ a: [] }));
  Object.assign(state.tasks.a!, { adopted: true, worker: 'worker-1' });
  schedule(state, START);
  expect(state.tasks.a).toMatchObject({ status: 'running', adopted: false, worker: null });
});

test('equal paths go in the order of the plan', () => {
  const state = approvedJob(tasksOf({ b: [], a: [], c: [] }), { max_workers: 3 });
  expect(schedule(state, START).start).toEqual(['b', 'a', 'c']);
});

test('the longest path is counted to the end of the plan, not to the end of the task', () => {
  const tasks = [
    taskOf('long', { estimated_seconds: 50 }),
    taskOf('short', { estimated_seconds: 1 }),
    taskOf('behind', { estimated_seconds: 100, depends_on: ['short'] }),
  ];
  expect(schedule(approvedJob(tasks, { max_workers: 1 }), START).start).toEqual(['short']);
});
