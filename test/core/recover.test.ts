import { describe, expect, test } from 'vitest';
import type { TaskOutcome, TaskSettlement } from '../../contracts/attempt.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { addRepairs } from '../../core/plan/repair.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import { settleTask } from '../../core/schedule/settle.ts';
import { catchUp } from '../../core/state/catch-up.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { awaitsDecision, hasNewRepairs, recover } from '../../core/state/recover.ts';
import { approvedJob, proposedJob, START, taskOf, tasksOf } from './samples.ts';

const known = (state: JobState, settlements: TaskSettlement[] = []) => ({
  ...{ state, settlements, lease_costs: {}, spent_usd: 0 },
  last_seq: state.journal.next_seq - 1,
});
const ended = (task_id: string, outcome: TaskOutcome, generation = 1): TaskSettlement => ({
  ...{ task_id, generation, attempt: 1, outcome },
  agent: null,
  worker: null,
});
const done: TaskOutcome = {
  status: 'completed',
  output: { preview: 'done', bytes: 4, text: 'done' },
  artifacts: [],
};

describe('a job that was reset', () => {
  test('does not begin repairs that nobody has approved yet', () => {
    const state = approvedJob(tasksOf({ a: [] }), { approval: 'every_version' });
    schedule(state, START);
    settleTask(state, ended('a', done), START);
    state.phase = 'verifying';
    addRepairs(state, [taskOf('repair', { depends_on: ['a'] })]);
    recover(known(state), START);
    expect(schedule(state, START).start).toEqual([]);
    expect([hasNewRepairs(state), awaitsDecision(state)]).toEqual([true, true]);
  });

  test('judges anew what it was judging, and nothing that a person is to decide', () => {
    const state = approvedJob(tasksOf({ a: [] }));
    schedule(state, START);
    settleTask(state, ended('a', done), START);
    state.phase = 'verifying';
    const judging = structuredClone(state);
    recover(known(judging), START);
    expect([judging.phase, awaitsDecision(judging)]).toEqual(['executing', false]);
    state.review = { code: 'criteria_unmet', message: 'c1 is unmet' };
    recover(known(state), START);
    expect([state.phase, awaitsDecision(state)]).toEqual(['verifying', true]);
  });

  test('puts forward the plan that it came with, where it was being checked', () => {
    const state = proposedJob(tasksOf({ a: [] }));
    const { plan } = state;
    Object.assign(state, { phase: 'planning', spec: { ...state.spec, plan: { tasks: plan!.tasks } } });
    recover(known(state), START);
    expect([state.phase, state.plan]).toEqual(['planning', null]);
  });

  test('gives a task that was stopped its messages back, and its agent what it had said', () => {
    const state = approvedJob(tasksOf({ a: [] }));
    schedule(state, START);
    const thread = { conversation: 'c', results: [], remarks: ['before'] } as never;
    const unread = [
      { id: 'm-1', from_agent: 'operator', from_task_id: null, content: 'hello', content_ref: null },
    ];
    recover(known(state, [{ ...ended('a', { status: 'cancelled', thread }), unread }]), START);
    expect(state.tasks.a).toMatchObject({ status: 'pending', thread: { conversation: 'c' }, inbox: unread });
    expect(state.tasks.a!.thread!.remarks).toHaveLength(2);
  });
});

describe('a state that is older than the journal', () => {
  const event = (type: JobEvent['type'], rest: Partial<JobEvent> = {}): JobEvent => ({
    ...{ seq: 100, job_id: 'j', at: START, type, data: {} },
    ...rest,
  });

  test('takes over what has ended since, of any start, and what people decided', () => {
    const state = approvedJob(tasksOf({ a: [], b: ['a'], c: ['b'] }), { budget_usd: 1 });
    const events = [
      event('budget.added', { data: { add_usd: 4, limit_usd: 5 } }),
      event('task.completed', { task_id: 'a' }),
      event('approval.granted', { task_id: 'b', data: { kind: 'gate' } }),
      event('task.skipped', { task_id: 'c', data: { reason: 'by_person' } }),
    ];
    const ends = [ended('a', done, 3)];
    catchUp(state, ends, events);
    recover(known(state, ends), START);
    expect(state.tasks.a).toMatchObject({ status: 'completed', generation: 3 });
    expect(state.tasks.b!.gate).toMatchObject({ granted: true });
    expect(state.tasks.c).toMatchObject({ status: 'skipped', reason: 'by_person' });
    expect([state.budget.limit_usd, state.ending]).toEqual([5, null]);
  });

  test('that knows nothing of tasks that are done ends rather than do them again', () => {
    const state = approvedJob(tasksOf({ a: [] }));
    catchUp(state, [], [event('task.completed', { task_id: 'other' })]);
    expect(state.ending).toMatchObject({ status: 'failed', error: { code: 'reset' } });
    expect(state.ending!.error!.message).toContain('other');
  });

  test('of before its plan was approved takes that over, and what has ended since', () => {
    const state = proposedJob(tasksOf({ a: [], b: ['a'] }));
    state.phase = 'planning';
    const ends = [ended('a', done)];
    catchUp(state, ends, [
      event('job.approved', { data: { plan_version: state.plan!.version } }),
      event('task.completed', { task_id: 'a' }),
    ]);
    recover(known(state, ends), START);
    expect([state.phase, state.ending, state.spec.plan]).toEqual(['executing', null, null]);
    expect([state.tasks.a!.status, state.tasks.b!.status]).toEqual(['completed', 'pending']);
  });

  test('of before another version was approved ends where tasks of it are done', () => {
    const state = proposedJob(tasksOf({ a: [] }));
    state.phase = 'planning';
    const ends = [ended('a', done)];
    catchUp(state, ends, [
      event('job.approved', { data: { plan_version: state.plan!.version + 1 } }),
      event('task.completed', { task_id: 'a' }),
    ]);
    expect(state.ending).toMatchObject({ status: 'failed', error: { code: 'reset' } });
  });
});
