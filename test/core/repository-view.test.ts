import { describe, expect, test } from 'vitest';
import { RepositoryView, TaskRepositoryView } from '../../contracts/repository/view.ts';
import { archiveInput, jobView } from '../../core/journal/view.ts';
import { newRepositoryState, type TaskWork } from '../../core/repository/state.ts';
import { jobChanges } from '../../core/repository/view.ts';
import { waitingApprovals } from '../../core/schedule/waiting.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { approvedJob, START, taskOf, tasksOf } from './samples.ts';

const SPEC = {
  location: '/srv/code/app',
  base_branch: null,
  commands: {},
  avoid_conflicts: true,
  deliver: null,
};
const work = (fields: Partial<TaskWork> = {}): TaskWork => ({
  base_sha: 'b0',
  head_sha: 'h1',
  bundle_ref: 'bundle-a',
  commits: 2,
  ignored_files: 1,
  merge: 'queued',
  merge_sha: null,
  files_changed: 3,
  insertions: 10,
  deletions: 4,
  patch_ref: 'patch-a',
  stat_ref: 'stat-a',
  ...fields,
});

function repositoryJob(works: Record<string, TaskWork> = {}): JobState {
  const state = approvedJob(tasksOf({ a: [], b: [], c: [] }));
  state.repository = newRepositoryState(state.job_id, SPEC);
  for (const [id, of] of Object.entries(works)) state.tasks[id]!.work = of;
  return state;
}

function prepared(works: Record<string, TaskWork> = {}): JobState {
  const state = repositoryJob(works);
  Object.assign(state.repository!, {
    base: { branch: 'main', sha: 'b0', bundle: 'base-bundle', overview_ref: 'o' },
    head_sha: 'b0',
    base_check: { status: 'failed', log_ref: 'base-log' },
    commands: {
      ...state.repository!.commands,
      check: { command: 'npm test', source: 'found' },
    },
  });
  return state;
}

describe('the repository in the status of a job', () => {
  test('is not there for other jobs', () => {
    const state = approvedJob(tasksOf({ a: [] }));
    expect(jobView(state)).not.toHaveProperty('repository');
    expect(archiveInput(state)).not.toHaveProperty('changes');
  });

  test('is told before anything was fetched', () => {
    const { repository } = jobView(repositoryJob());
    expect(RepositoryView.parse(repository)).toMatchObject({
      url: '/srv/code/app',
      base_sha: null,
      head_sha: null,
      branch: 'orchestrator/job-1/result',
      check: { command: null, source: 'none', base: 'pending' },
      delivered: null,
      queue: [],
    });
  });

  test('has the check of its base for that of the branch until something lands', () => {
    const state = prepared();
    expect(jobView(state).repository!.check).toEqual({
      command: 'npm test',
      source: 'found',
      base: 'failed',
      status: 'failed',
      log_ref: 'base-log',
    });
    state.repository!.head_check = { status: 'passed', log_ref: 'head-log' };
    expect(jobView(state).repository!.check).toMatchObject({
      base: 'failed',
      status: 'passed',
      log_ref: 'head-log',
    });
  });

  test('tells of each task how its work stands, once it has started', () => {
    const state = prepared({ a: work(), b: work({ merge: 'landed', merge_sha: 'm1' }) });
    const [a, b, c] = jobView(state).tasks;
    expect(TaskRepositoryView.parse(a!.repository)).toMatchObject({
      branch: 'orchestrator/job-1/tasks/a',
      merge: 'queued',
      commits: 2,
      ignored_files: 1,
    });
    expect(b!.repository).toMatchObject({ merge: 'landed', merge_sha: 'm1' });
    expect(c).not.toHaveProperty('repository');
  });
});

describe('the changes of a job', () => {
  test('are where its diffs and bundles lie, and go into the archive', () => {
    const state = prepared({ a: work(), b: work({ head_sha: null, bundle_ref: null }) });
    const { patch_ref, stat_ref, ...nothing } = work({ head_sha: 'b0', bundle_ref: null });
    state.tasks.c!.work = nothing;
    const none = {
      base_bundle: 'base-bundle',
      base_sha: 'b0',
      head_sha: 'b0',
      head_bundle: null,
      diff: null,
    };
    expect(jobChanges(state)).toEqual({
      ...none,
      tasks: {
        a: { base_sha: 'b0', head_sha: 'h1', bundle: 'bundle-a', diff: { patch_ref, stat_ref } },
        c: { base_sha: 'b0', head_sha: 'b0', bundle: null, diff: null },
      },
    });
    Object.assign(state.repository!, {
      head_sha: 'h9',
      head_bundle: 'head-bundle',
      change: { patch_ref: 'p', stat_ref: 's', files_changed: 1, insertions: 2, deletions: 3 },
    });
    expect(archiveInput(state).changes).toMatchObject({
      head_sha: 'h9',
      head_bundle: 'head-bundle',
      diff: { patch_ref: 'p', stat_ref: 's' },
    });
  });
});

describe('work that does not merge', () => {
  const conflict = (resolver: string | null, files = ['src/a.ts']) =>
    work({ merge: 'conflict', conflict: { files, hunks_ref: 'hunks', requested_at: START, resolver } });
  const stuck = (resolver: string | null, files?: string[]): JobState => {
    const state = prepared({ b: conflict(resolver, files) });
    state.tasks.b!.status = 'running';
    return state;
  };
  const asked = (state: JobState) => waitingApprovals(state, START).filter(({ kind }) => kind === 'conflict');

  test('waits for a person where no task brings it together', () => {
    const state = prepared({ a: work({ merge: 'landed', merge_sha: 'm' }), b: conflict(null) });
    state.tasks.b!.status = 'running';
    const [approval, ...others] = asked(state);
    expect(others).toEqual([]);
    expect(approval).toMatchObject({
      approval_id: 'conflict-b',
      task_id: 'b',
      arguments: { files: ['src/a.ts'], hunks_ref: 'hunks' },
      requested_at: START,
      expires_at: null,
    });
    for (const told of ['src/a.ts', '(a)', 'retry', 'skip', 'use_agent', 'resolved', 'push job-1 --task b']) {
      expect(approval!.prompt).toContain(told);
    }
    expect(jobView(state).tasks[1]).toMatchObject({
      reason: 'waiting_for_person',
      repository: { conflict_files: ['src/a.ts'] },
    });
  });

  test('waits for nobody while a task brings it together, until that has failed', () => {
    const resolving = (status: 'running' | 'failed') => {
      const state = stuck('c');
      state.tasks.c!.status = status;
      return state;
    };
    expect(asked(resolving('running'))).toEqual([]);
    expect(asked(resolving('failed'))).toHaveLength(1);
  });

  test('is told in few words, and in letters that can be seen', () => {
    const files = ['a\nb\u202ec', ...Array.from({ length: 5000 }, (_, index) => `${index}.ts`)];
    const [approval] = asked(stuck(null, files));
    expect(approval!.prompt.length).toBeLessThan(2000);
    expect(approval!.prompt).toContain('a\\u{a}b\\u{202e}c');
    expect(approval!.prompt).toContain('4981 more');
    expect((approval!.arguments!.files as string[]).length).toBe(100);
  });

  test('is not asked about by a task that is in the plan no more', () => {
    const state = stuck(null);
    state.plan!.tasks = [taskOf('a')];
    expect(asked(state)).toEqual([]);
  });
});
