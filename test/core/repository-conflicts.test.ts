import { expect, test } from 'vitest';
import type { Committed } from '../../contracts/repository/work.ts';
import { conflictDecision } from '../../core/commands/conflict.ts';
import { awaitsPerson } from '../../core/repository/conflict.ts';
import { leftBehind } from '../../core/repository/left-behind.ts';
import { queueWork } from '../../core/repository/queue.ts';
import { workLanded } from '../../core/repository/settle-candidate.ts';
import { startWork } from '../../core/repository/start.ts';
import { newRepositoryState } from '../../core/repository/state.ts';
import { tendConflicts, workConflicts } from '../../core/repository/tend-conflicts.ts';
import { assess } from '../../core/schedule/ending.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { approvedJob, taskOf } from './samples.ts';

const NOW = '2026-01-01T00:00:00.000Z';

const committed = (head_sha: string): Committed => ({
  ...{ head_sha, commits: 1, files_changed: 1, insertions: 1, deletions: 0, ignored_files: 0 },
  ...{ files: ['a.txt'], bundle_ref: null, warnings: [] },
});

function running(state: JobState, task_id: string): void {
  const task = state.tasks[task_id]!;
  Object.assign(task, { status: 'running', generation: 1, attempt: 1, holds_slot: true });
  startWork(state, task);
}

/** A job with an agent that has a model, in which the work of `a` does not merge. */
function clash(): JobState {
  const state = approvedJob([taskOf('a'), taskOf('b')]);
  const spec = { location: '/r', base_branch: null, commands: {}, avoid_conflicts: true, deliver: null };
  state.repository = newRepositoryState(state.job_id, spec);
  state.repository.base = { branch: 'main', sha: 'base', bundle: null, overview_ref: '' };
  state.repository.head_sha = 'base';
  const coder = { name: 'coder', kind: 'llm', capabilities: ['coding'], description: '' } as const;
  const model = { provider: 'anthropic', model: 'm' } as const;
  const agents = [...state.snapshot!.agents, { ...coder, capabilities: ['coding'], ...model }];
  const limits = { ...state.snapshot!.limits };
  state.snapshot = { ...state.snapshot!, agents, limits, planner_model: model };
  running(state, 'a');
  conflicts(state, 'a');
  return state;
}

function handIn(state: JobState, task_id: string): void {
  queueWork(state, { task_id, generation: 1, attempt: 1, committed: committed(`of-${task_id}`) });
}

function conflicts(state: JobState, task_id: string): void {
  handIn(state, task_id);
  workConflicts(state, { task_id, files: ['a.txt'], hunks_ref: 'h' }, NOW);
  tendConflicts(state, NOW);
}

test('work that resolves for work that was to resolve lands with all that it brings together', () => {
  const state = clash();
  running(state, 'resolve-1');
  conflicts(state, 'resolve-1');
  running(state, 'resolve-2');
  handIn(state, 'resolve-2');
  const parts = state.repository!.queue;
  expect(parts.map(({ task_id }) => task_id)).toEqual(['resolve-2']);
  const landed = { head_sha: 'head', head_bundle: null, patch_ref: 'p', stat_ref: 's' };
  const size = { files_changed: 1, insertions: 1, deletions: 0 };
  const { answers } = workLanded(state, parts, { ...landed, ...size }, null);
  expect(answers.map(({ task_id, answer }) => [task_id, answer.merge])).toEqual([
    ['resolve-2', 'landed'],
    ['resolve-1', 'landed'],
    ['a', 'landed'],
  ]);
});

test('a person is told once, each time that nobody brings it together any more', () => {
  const state = clash();
  const asked = () =>
    tendConflicts(state, NOW).events.filter(({ type }) => type === 'approval.requested').length;
  expect(asked()).toBe(0);
  state.tasks['resolve-1']!.status = 'failed';
  expect(asked()).toBe(1);
  expect(asked()).toBe(0);
  expect(awaitsPerson(state, state.tasks.a!)).toBe(true);
  // somebody has it tried again
  state.tasks['resolve-1']!.status = 'pending';
  expect(asked()).toBe(0);
  expect(awaitsPerson(state, state.tasks.a!)).toBe(false);
  // it was done by hand, and nothing came of it
  state.tasks['resolve-1']!.status = 'completed';
  expect(asked()).toBe(1);
});

test('where nobody looks after the job its task tries again, and who was to resolve is left out', () => {
  const state = clash();
  state.spec.attended = false;
  state.tasks['resolve-1']!.status = 'failed';
  const { events, answers } = tendConflicts(state, NOW);
  expect(answers).toMatchObject([
    { task_id: 'a', answer: { merge: 'again', error: { code: 'merge_conflict' } } },
  ]);
  expect(events).toMatchObject([{ type: 'task.skipped', task_id: 'resolve-1' }]);
  expect(tendConflicts(state, NOW)).toEqual({ events: [], answers: [] });
});

test('a task that resolves what a person skipped is stopped; one whose work has landed is not', () => {
  const state = clash();
  running(state, 'resolve-1');
  state.tasks.a!.stop = 'skip';
  tendConflicts(state, NOW);
  expect(state.tasks['resolve-1']!.stop).toBe('skip');

  const other = clash();
  running(other, 'resolve-1');
  other.tasks.a!.work!.merge = 'landed';
  other.tasks.a!.status = 'completed';
  tendConflicts(other, NOW);
  expect(other.tasks['resolve-1']!.stop).toBe(null);
});

test('no agent is taken where the plan has all the tasks that it may have', () => {
  const state = clash();
  state.tasks['resolve-1']!.status = 'failed';
  state.snapshot!.limits.max_tasks = 3;
  const args = {
    approval_id: 'conflict-a',
    decision: 'approve',
    answer: 'use_agent',
    arguments: { agent: 'coder' },
  };
  const { check } = conflictDecision(state, 'a', args as never);
  expect(check()).toMatchObject({ code: 'validation', fields: [{ path: 'answer' }] });
});

test('where a task fails that was to resolve, a person is asked: it does not end a job that a failed task ends', () => {
  const state = clash();
  state.spec.on_task_failure = 'fail';
  Object.assign(state.tasks['resolve-1']!, { status: 'failed' });
  expect(tendConflicts(state, NOW).events).toMatchObject([
    { type: 'approval.requested', data: { approval_id: 'conflict-a' } },
  ]);
  expect(assess(state)).toEqual({ kind: 'active' });
  Object.assign(state.tasks.b!, { status: 'failed' });
  expect(assess(state)).toMatchObject({ kind: 'failed', error: { message: 'b failed' } });
});

test('a job that ends says where work is that was handed in and has not landed, and a branch that was not delivered', () => {
  const state = clash();
  running(state, 'b');
  handIn(state, 'b');
  const [work] = leftBehind(state);
  expect(leftBehind(state)).toHaveLength(1);
  expect(work).toContain('is kept: a, b;');
  expect(work).toContain(`orchestrator fetch ${state.job_id} --task a`);
  const landed = { ...{ head_sha: 'h', head_bundle: 'x', patch_ref: 'p', stat_ref: 's' }, ...committed('h') };
  workLanded(state, state.repository!.queue, landed, null);
  const [branch, rest] = leftBehind(state);
  expect(branch).toContain(`orchestrator fetch ${state.job_id}\` gets orchestrator/${state.job_id}/result`);
  expect(rest).toContain('is kept: a;');
  state.repository!.delivered = { kind: 'branch', ref: 'r', pull_request: null };
  expect(leftBehind(state)).toEqual([rest]);
  expect(leftBehind({ ...state, repository: null } as unknown as JobState)).toEqual([]);
});
