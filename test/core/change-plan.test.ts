import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlanChange, PlanChange as Schema } from '../../contracts/plan.ts';
import { changeChecked } from '../../core/commands/change-plan.ts';
import { applyCommand, checkCommand } from '../../core/commands/index.ts';
import { isStarted } from '../../core/plan/change.ts';
import { validateGraph } from '../../core/plan/validate.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import { waitingApprovals } from '../../core/schedule/waiting.ts';
import { type JobState, jobStatus, plannedTasks } from '../../core/state/job-state.ts';
import { anyHistory, commands } from './happenings.ts';
import { advance, type History, settle, unfold } from './history.ts';
import { approvedJob, roster, START, taskOf, tasksOf } from './samples.ts';

const CHAIN = { a: [], b: ['a'], c: ['b'] };
const change = (given: Partial<PlanChange>): PlanChange => ({ add: [], change: [], drop: [], ...given });

/** A job whose first task runs. */
function runningJob(graph: Record<string, string[]> = CHAIN, spec: Parameters<typeof approvedJob>[1] = {}) {
  return unfold(approvedJob(tasksOf(graph), spec), []);
}

const issues = (state: JobState, given: Partial<PlanChange>) =>
  checkCommand(state, 'change_plan', change(given))?.fields;

function make(history: History, given: Partial<PlanChange>): void {
  const { state } = history;
  expect(checkCommand(state, 'change_plan', change(given))).toBeNull();
  history.events.push(...applyCommand(state, 'change_plan', change(given), START).events);
}

const end = (history: History, id: string, outcome: 'completed' | 'failed') => {
  settle(history, history.state.tasks[id]!, outcome);
  advance(history);
};
const statuses = (state: JobState) =>
  Object.fromEntries(Object.values(state.tasks).map(({ task_id, status }) => [task_id, status]));

describe('what a change is refused for', () => {
  test('tasks that have started, by name', () => {
    const { state } = runningJob();
    const text = "the task 'a' has started: it is running";
    expect(issues(state, { change: [{ task_id: 'a', title: 'A' }] })).toEqual([
      { path: 'change.0.task_id', issue: text },
    ]);
    expect(issues(state, { drop: ['c', 'b', 'a'] })).toContainEqual({ path: 'drop.2', issue: text });
  });

  test('tasks that a person left out', () => {
    const { state } = runningJob();
    applyCommand(state, 'skip_task', { task_id: 'b' }, START);
    const text = "the task 'b' was skipped by a person: it is skipped (by_person)";
    expect(issues(state, { change: [{ task_id: 'b', title: 'B' }] })).toEqual([
      { path: 'change.0.task_id', issue: text },
    ]);
    expect(issues(state, { drop: ['b', 'c'] })).toEqual([{ path: 'drop.0', issue: text }]);
  });

  test('a dropped task that others wait for, unless those are changed or dropped too', () => {
    const { state } = runningJob();
    expect(issues(state, { drop: ['b'] })).toEqual([
      {
        path: 'drop.0',
        issue: "'c' would be left waiting for 'b'; change `depends_on` there, or drop them too",
      },
    ]);
    expect(issues(state, { drop: ['b', 'c'] })).toBeUndefined();
    expect(issues(state, { drop: ['b'], change: [{ task_id: 'c', depends_on: ['a'] }] })).toBeUndefined();
  });

  test('every mistake at once, by field', () => {
    const { state } = runningJob();
    const found = issues(state, {
      add: [taskOf('a'), taskOf('d', { depends_on: ['d', 'nobody'], acceptance_criteria: ['c9'] })],
      change: [{ task_id: 'x' }, { task_id: 'b', depends_on: ['c'] }],
      drop: ['y'],
    });
    expect(found!.map(({ path }) => path).sort()).toEqual([
      'add',
      'add.0.task_id',
      'add.1.acceptance_criteria.0',
      'add.1.depends_on.0',
      'add.1.depends_on.1',
      'change.0.task_id',
      'drop.0',
    ]);
    expect(found!.find(({ path }) => path === 'add')!.issue).toContain('circle');
    expect(issues(state, {})).toMatchObject([{ path: 'add' }]);
    expect(issues(runningJob({ a: [] }).state, { drop: ['a'] })).toContainEqual({
      path: 'drop',
      issue: 'a plan needs at least one task',
    });
  });

  test('more tasks than allowed, a stale version, and a job that is past it', () => {
    const { state } = runningJob();
    state.snapshot = { ...roster, limits: { max_tasks: 3, max_workers: 50 } };
    expect(issues(state, { add: [taskOf('d')] })![0]!.issue).toContain('at most 3');
    const stale = { ...change({ drop: ['c'] }), version: 7 };
    expect(checkCommand(state, 'change_plan', stale)?.code).toBe('stale_version');
    state.phase = 'synthesizing';
    expect(checkCommand(state, 'change_plan', change({ drop: ['c'] }))?.code).toBe('conflict');
  });

  test('people, in a job that nobody looks after', () => {
    const { state } = runningJob(CHAIN, { attended: false });
    const add = [taskOf('d', { agent: 'human', approval: 'required' })];
    expect(issues(state, { add })!.map(({ path }) => path)).toEqual(['add.0.agent', 'add.0.approval']);
  });
});

test('what a change of a task leaves out stays as it was', () => {
  const parsed = Schema.parse({ change: [{ task_id: 'b', title: 'B' }] });
  expect(parsed).toEqual(change({ change: [{ task_id: 'b', title: 'B' }] }));
  const history = unfold(
    approvedJob([taskOf('a'), taskOf('b', { timeout_seconds: 7, risk: 'high' })], { max_workers: 1 }),
    [],
  );
  make(history, parsed);
  expect(plannedTasks(history.state)[1]).toMatchObject({ title: 'B', timeout_seconds: 7, risk: 'high' });
});

test('nothing new starts before the version is checked; then the first approval covers it', () => {
  const history = runningJob();
  const { state } = history;
  make(history, { add: [taskOf('d')], drop: ['c'] });
  expect(state.plan).toMatchObject({ version: 2, source: 'edited' });
  expect(state.old_plans.map(({ version }) => version)).toEqual([1]);
  expect(jobStatus(state)).toBe('running');
  expect(schedule(structuredClone(state), START).start).toEqual([]);
  advance(history);
  expect(statuses(state)).toEqual({ a: 'running', b: 'pending', d: 'running' });
  expect(state.approved_version).toBe(2);
  expect(
    history.events.find(({ type, data }) => type === 'job.approved' && data.plan_version === 2),
  ).toMatchObject({ data: { note: 'covered by the approval of version 1' } });
  expect(history.events.find(({ type }) => type === 'plan.edited')!.data).toMatchObject({
    added: ['d'],
    changed: [],
    dropped: ['c'],
  });
});

test('with every_version a person approves it, while what runs goes on', () => {
  const history = runningJob(CHAIN, { approval: 'every_version' });
  const { state } = history;
  make(history, { add: [taskOf('d')] });
  advance(history);
  expect(jobStatus(state)).toBe('awaiting_approval');
  expect(waitingApprovals(state, START)).toMatchObject([{ approval_id: 'plan-2', kind: 'plan' }]);
  end(history, 'a', 'completed');
  expect(statuses(state)).toEqual({ a: 'completed', b: 'pending', c: 'pending', d: 'pending' });
  expect(jobStatus(state)).toBe('awaiting_approval');
  expect(checkCommand(state, 'approve', { plan_version: 2 })).toBeNull();
  applyCommand(state, 'approve', { plan_version: 2 }, START);
  advance(history);
  expect(statuses(state)).toEqual({ a: 'completed', b: 'running', c: 'pending', d: 'running' });
});

test('a change that is rejected leaves the plan as it was, as one more version', () => {
  const history = runningJob(CHAIN, { approval: 'every_version' });
  const { state } = history;
  const before = structuredClone(state.plan!);
  make(history, { add: [taskOf('d')], change: [{ task_id: 'b', depends_on: ['d'] }], drop: ['c'] });
  advance(history);
  applyCommand(state, 'reject', { reason: 'no' }, START);
  expect(state.plan).toEqual({ ...before, version: 3 });
  expect(state.approved_version).toBe(3);
  end(history, 'a', 'completed');
  expect(statuses(state)).toEqual({ a: 'completed', b: 'running', c: 'pending' });
});

test('a task with the name of something that every object has is put back too', () => {
  const history = runningJob({ a: [], constructor: ['a'] }, { approval: 'every_version' });
  const { state } = history;
  make(history, { change: [{ task_id: 'constructor', title: 'Other' }] });
  advance(history);
  applyCommand(state, 'reject', {}, START);
  end(history, 'a', 'completed');
  expect(statuses(state)).toEqual({ a: 'completed', constructor: 'running' });
});

test('a version that cannot run and waits for nobody is taken back', () => {
  const history = runningJob();
  const { state } = history;
  make(history, { add: [taskOf('d', { agent: 'stranger' })] });
  state.snapshot_version = 2;
  state.plan_problems = [{ path: 'tasks.3.agent', issue: 'unknown' }];
  const { events } = changeChecked(state, START);
  expect(events[0]).toMatchObject({
    type: 'approval.denied',
    data: { reason: expect.stringContaining('unknown') },
  });
  expect(state.plan!.tasks).toHaveLength(3);
  expect(jobStatus(state)).toBe('running');
});

test('a job in review goes on: what is skipped lives again without the failed task', () => {
  const history = runningJob();
  const { state } = history;
  end(history, 'a', 'failed');
  expect(jobStatus(state)).toBe('needs_review');
  make(history, { add: [taskOf('a2')], change: [{ task_id: 'b', depends_on: ['a2'] }] });
  advance(history);
  expect(statuses(state)).toEqual({ a: 'failed', b: 'pending', c: 'pending', a2: 'running' });
  expect(jobStatus(state)).toBe('running');
});

test('a new task behind one that failed is skipped, and lives when that is retried', () => {
  const history = runningJob({ a: [], z: [] });
  const { state } = history;
  end(history, 'a', 'failed');
  make(history, { add: [taskOf('d', { depends_on: ['a'] })] });
  expect(state.tasks.d).toMatchObject({ status: 'skipped', reason: 'dependency_failed' });
  applyCommand(state, 'retry_task', { task_id: 'a' }, START);
  expect(state.tasks.d!.status).toBe('pending');
});

test('whatever happens: the tasks are those of the plan, what has started is kept, and nothing starts unapproved', () => {
  fc.assert(
    fc.property(
      anyHistory(40),
      fc.array(commands.change_plan, { minLength: 1, maxLength: 4 }),
      ([job, all], more) => {
        const wanted = more.map(({ request_id: _, ...args }) => ({
          kind: 'command' as const,
          name: 'change_plan' as const,
          args,
        }));
        const happenings = all.flatMap((one, index) =>
          index % 8 === 7 ? [wanted[index % more.length]!, one] : [one],
        );
        unfold(job, happenings, {
          scheduled: ({ state }, step, before) => {
            if (before.changing) expect(step.start).toEqual([]);
            for (const id of step.start) {
              expect(state.plan!.version).toBe(state.approved_version);
              expect(plannedTasks(state).some(({ task_id }) => task_id === id)).toBe(true);
            }
          },
          command: ({ state }, name, args) => {
            if (name !== 'change_plan' || args.request_id || checkCommand(state, name, args as never)) return;
            const next = structuredClone(state);
            applyCommand(next, name, args as never, START);
            expect(next.plan!.version).toBe(state.plan!.version + 1);
            expect(validateGraph(next.plan!, 500)).toEqual([]);
            for (const task of Object.values(state.tasks).filter(isStarted)) {
              expect(next.tasks[task.task_id]).toEqual(task);
            }
          },
          happened: ({ state }) => {
            if (state.approved_version === null || (state.phase === 'awaiting_approval' && !state.changing))
              return;
            expect(Object.keys(state.tasks).sort()).toEqual(
              plannedTasks(state)
                .map(({ task_id }) => task_id)
                .sort(),
            );
          },
        });
      },
    ),
    { numRuns: 150 },
  );
});
