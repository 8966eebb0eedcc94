import { describe, expect, test } from 'vitest';
import type { CommandArgs, CommandName } from '../../contracts/command.ts';
import { applyCommand, checkCommand } from '../../core/commands/index.ts';
import { jobView } from '../../core/journal/view.ts';
import { assess } from '../../core/schedule/ending.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import { settleTask } from '../../core/schedule/settle.ts';
import { expireGates, nextExpiry, waitingApprovals } from '../../core/schedule/waiting.ts';
import { type JobState, jobStatus, KEPT_REQUESTS } from '../../core/state/job-state.ts';
import { approvedJob, proposedJob, roster, START, taskOf, tasksOf } from './samples.ts';

const check = <N extends CommandName>(state: JobState, name: N, args: CommandArgs<N>) =>
  checkCommand(state, name, args)?.code ?? null;
const follow = <N extends CommandName>(state: JobState, name: N, args: CommandArgs<N>) => {
  expect(check(state, name, args)).toBeNull();
  return applyCommand(state, name, args, START);
};

/** A job whose only task ended like this. */
function jobAfter(outcome: 'failed' | 'budget_exhausted'): JobState {
  const state = approvedJob(tasksOf({ a: [] }), { budget_usd: 1 });
  schedule(state, START);
  const about = { task_id: 'a', generation: 1, attempt: 1, agent: null, worker: null };
  const error = { code: 'exit', message: 'exit code 1', retryable: true };
  settleTask(
    state,
    {
      ...about,
      outcome:
        outcome === 'failed'
          ? { status: 'failed', error, artifacts: [] }
          : { status: 'blocked', reason: outcome, message: 'no money' },
    },
    START,
  );
  const verdict = assess(state);
  if (verdict.kind === 'review') state.review = verdict.error;
  return state;
}

describe('a decision about a plan', () => {
  const edited = () => {
    const state = proposedJob(tasksOf({ a: [] }));
    follow(state, 'replace_plan', { plan: { tasks: tasksOf({ a: [], b: ['a'] }) }, version: 1 });
    return state;
  };

  test('names a version: an old one is stale, by its number and by its approval id', () => {
    const state = edited();
    state.snapshot_version = 2;
    expect(check(state, 'approve', { plan_version: 1 })).toBe('stale_version');
    expect(check(state, 'replace_plan', { plan: { tasks: tasksOf({ a: [] }) }, version: 1 })).toBe(
      'stale_version',
    );
    for (const decision of ['approve', 'deny'] as const) {
      expect(check(state, 'decide_approval', { approval_id: 'plan-1', decision })).toBe('stale_version');
    }
    expect(check(state, 'decide_approval', { approval_id: 'plan-9', decision: 'approve' })).toBe('not_found');
    follow(state, 'decide_approval', { approval_id: 'plan-2', decision: 'approve' });
    expect(Object.keys(state.tasks)).toEqual(['a', 'b']);
  });

  test('waits until the edited version is checked against the roster', () => {
    const state = edited();
    expect(check(state, 'approve', {})).toBe('conflict');
    state.snapshot_version = 2;
    expect(check(state, 'approve', {})).toBeNull();
  });

  test('cannot approve what cannot run, and an edit that cannot run is refused with every problem', () => {
    const state = proposedJob(tasksOf({ a: [] }));
    state.plan_problems = [{ path: 'tasks.0.agent', issue: "no agent is called 'x'" }];
    expect(checkCommand(state, 'approve', {})).toMatchObject({
      code: 'conflict',
      fields: state.plan_problems,
    });
    const plan = { tasks: [...tasksOf({ a: ['b'], b: ['a'] }), taskOf('c', { depends_on: ['nobody'] })] };
    const problem = checkCommand(state, 'replace_plan', { plan });
    expect(problem?.fields?.map(({ path }) => path)).toEqual(['tasks.2.depends_on.0', 'tasks']);
  });
});

test('a plan that no model can revise is not given to the rules, which would lose its tasks', () => {
  const state = proposedJob(tasksOf({ a: [] }));
  for (const source of ['given', 'edited', 'model'] as const) {
    state.plan!.source = source;
    const problem = checkCommand(state, 'revise', { feedback: 'smaller' });
    expect(problem).toMatchObject({ code: 'conflict', message: expect.stringContaining('replace_plan') });
  }
  state.snapshot = { ...roster, planner_model: { provider: 'anthropic', model: 'm' } };
  expect(check(state, 'revise', { feedback: 'smaller' })).toBeNull();
  state.snapshot = roster;
  state.plan!.source = 'rules';
  expect(check(state, 'revise', { feedback: 'smaller' })).toBeNull();
});

describe('a task id that every object has as a property', () => {
  test('is no task where the plan has none of that name', () => {
    const state = approvedJob(tasksOf({ a: [] }));
    for (const name of ['retry_task', 'skip_task', 'approve_task', 'reject_task'] as const) {
      expect(check(state, name, { task_id: 'constructor' })).toBe('not_found');
    }
    expect(check(state, 'complete_task', { task_id: 'constructor', output: '' })).toBe('not_found');
    expect(check(state, 'decide_approval', { approval_id: 'gate-constructor', decision: 'approve' })).toBe(
      'not_found',
    );
  });

  test('is a task like any other where the plan has one', () => {
    const proposed = proposedJob(tasksOf({ constructor: [] }));
    expect(jobView(proposed).tasks).toMatchObject([{ task_id: 'constructor', status: 'pending' }]);
    const state = approvedJob(tasksOf({ constructor: [] }));
    expect(schedule(state, START).start).toEqual(['constructor']);
    follow(state, 'skip_task', { task_id: 'constructor' });
    expect(state.tasks.constructor).toMatchObject({ status: 'running', stop: 'skip' });
  });
});

describe('tasks are left alone', () => {
  const refused = (state: JobState) => {
    expect(check(state, 'retry_task', { task_id: 'a' })).toBe('conflict');
    expect(check(state, 'skip_task', { task_id: 'a' })).toBe('conflict');
    expect(check(state, 'complete_task', { task_id: 'a', output: '' })).toBe('conflict');
  };

  test('before the plan is approved', () => refused(proposedJob(tasksOf({ a: [] }))));

  test('while the results are put together and judged: a retry would be answered and never run', () => {
    const state = jobAfter('failed');
    state.review = null;
    for (const phase of ['synthesizing', 'verifying'] as const) refused(Object.assign(state, { phase }));
  });

  test('once a person has accepted what there is', () => {
    const state = jobAfter('failed');
    follow(state, 'finish', { actor: 'alice' });
    refused(state);
    expect(state).toMatchObject({ accepted_by: 'alice', partial: true, review: null });
  });

  test('but not in the review of unmet criteria, from where a retry leads back to the work', () => {
    const state = jobAfter('failed');
    Object.assign(state, { phase: 'verifying', review: { code: 'criteria_unmet', message: 'c1 is unmet' } });
    follow(state, 'retry_task', { task_id: 'a' });
    expect(jobStatus(state)).toBe('running');
    expect(schedule(state, START).start).toEqual(['a']);
  });
});

describe('adding budget', () => {
  test('sends what is out of money back to work', () => {
    const state = jobAfter('budget_exhausted');
    expect(jobStatus(state)).toBe('needs_review');
    follow(state, 'add_budget', { add_usd: 1 });
    expect(jobStatus(state)).toBe('running');
    expect(schedule(state, START).start).toEqual(['a']);
    expect(state.budget.limit_usd).toBe(2);
  });

  test('does so only while there is work to go back to', () => {
    const state = jobAfter('budget_exhausted');
    follow(state, 'finish', {});
    follow(state, 'add_budget', { add_usd: 1 });
    expect(state.tasks.a!.status).toBe('blocked');
  });

  test('is refused where there is no cap', () => {
    expect(check(approvedJob(tasksOf({ a: [] })), 'add_budget', { add_usd: 1 })).toBe('conflict');
  });
});

describe('the end', () => {
  test('is what was decided first: a cancel after a reject, or a second cancel, changes nothing about it', () => {
    const rejected = proposedJob(tasksOf({ a: [] }));
    follow(rejected, 'reject', { reason: 'too dear', actor: 'alice' });
    const ending = structuredClone(rejected.ending);
    expect(follow(rejected, 'cancel', {}).answer.cancel_requested).toBe(true);
    expect(rejected.ending).toEqual(ending);

    const state = approvedJob(tasksOf({ a: [] }));
    follow(state, 'cancel', { reason: 'first', actor: 'alice' });
    follow(state, 'cancel', { reason: 'second', actor: 'bob' });
    expect(state.ending).toMatchObject({ status: 'cancelled', error: { message: 'first' }, actor: 'alice' });
    expect(schedule(state, START).start).toEqual([]);
  });
});

describe('gates and people', () => {
  const gated = () => {
    const state = approvedJob([
      taskOf('gate', { approval: 'required', approval_expires_seconds: 60 }),
      taskOf('person', { agent: 'human' }),
    ]);
    schedule(state, START);
    return state;
  };

  test('are shown with the id under which they are decided', () => {
    const state = gated();
    expect(waitingApprovals(state, START).map(({ approval_id, kind }) => [approval_id, kind])).toEqual([
      ['gate-gate', 'gate'],
      ['human-person', 'human_task'],
    ]);
    follow(state, 'decide_approval', { approval_id: 'gate-gate', decision: 'approve' });
    follow(state, 'decide_approval', { approval_id: 'human-person', decision: 'approve', answer: 'signed' });
    expect(schedule(state, START).start).toEqual(['gate']);
    expect(state.tasks.person).toMatchObject({ status: 'completed', output: { text: 'signed' } });
    expect(waitingApprovals(state, START)).toEqual([]);
  });

  test('a denied human task is skipped by a person', () => {
    const state = gated();
    follow(state, 'decide_approval', { approval_id: 'human-person', decision: 'deny' });
    expect(state.tasks.person).toMatchObject({ status: 'skipped', reason: 'by_person' });
    expect(check(state, 'decide_approval', { approval_id: 'human-person', decision: 'deny' })).toBe(
      'conflict',
    );
  });

  test('a gate expires when its time is over, not before, and can still be opened', () => {
    const state = gated();
    const at = nextExpiry(state)!;
    expect(at).toBe('2026-01-01T00:01:00.000Z');
    expect(expireGates(state, '2026-01-01T00:00:59.999Z')).toEqual([]);
    expect(expireGates(state, at).map(({ type }) => type)).toEqual([
      'approval.expired',
      'task.blocked',
      'alert',
    ]);
    expect(nextExpiry(state)).toBeNull();
    follow(state, 'approve_task', { task_id: 'gate' });
    expect(schedule(state, at).start).toEqual(['gate']);
  });
});

test('a retry takes new instructions and another agent, and says the failure only without them', () => {
  const asIs = jobAfter('failed');
  expect(follow(asIs, 'retry_task', { task_id: 'a' }).answer).toMatchObject({
    status: 'retrying',
    retry_count: 1,
  });
  schedule(asIs, START);
  expect(asIs.tasks.a!.previous_failure).toMatchObject({ code: 'exit' });
  const changed = jobAfter('failed');
  follow(changed, 'retry_task', { task_id: 'a', modified_prompt: 'another way', agent: 'general' });
  schedule(changed, START);
  expect(changed.tasks.a).toMatchObject({
    previous_failure: null,
    modified_prompt: 'another way',
    agent: 'general',
  });
  expect(jobView(changed).tasks[0]!.description).toBe('another way');
  expect(check(jobAfter('failed'), 'retry_task', { task_id: 'a', agent: 'command' })).toBe('validation');
});

test('a task that runs is skipped once it has stopped, unless it was done by then', () => {
  for (const outcome of ['cancelled', 'completed'] as const) {
    const state = approvedJob(tasksOf({ a: [], b: ['a'] }));
    schedule(state, START);
    follow(state, 'skip_task', { task_id: 'a' });
    const about = { task_id: 'a', generation: 1, attempt: 1, agent: null, worker: null };
    const output = { preview: 'done', bytes: 4 };
    settleTask(
      state,
      {
        ...about,
        outcome: outcome === 'completed' ? { status: outcome, output, artifacts: [] } : { status: outcome },
      },
      START,
    );
    expect(state.tasks.a!.status).toBe(outcome === 'completed' ? 'completed' : 'skipped');
    expect(schedule(state, START).start).toEqual(['b']);
  }
});

test('a skip says who wanted it and why, also when the task had to be stopped first', () => {
  const told = { actor: 'ann', data: { reason: 'by_person', note: 'not needed' } };
  const waits = approvedJob(tasksOf({ a: [], b: ['a'] }));
  const skip = { task_id: 'b', actor: 'ann', reason: 'not needed' };
  expect(follow(waits, 'skip_task', skip).events).toMatchObject([{ type: 'task.skipped', ...told }]);
  const runs = approvedJob(tasksOf({ a: [] }));
  schedule(runs, START);
  expect(follow(runs, 'skip_task', { ...skip, task_id: 'a' }).events).toEqual([]);
  const about = { task_id: 'a', generation: 1, attempt: 1, agent: null, worker: null };
  const events = settleTask(runs, { ...about, outcome: { status: 'cancelled' } }, START);
  expect(events).toMatchObject([{ type: 'task.skipped', task_id: 'a', ...told }]);
});

test('the latest requests are remembered, so many and no more', () => {
  const state = approvedJob(tasksOf({ a: [] }));
  for (let index = 0; index <= KEPT_REQUESTS; index += 1) follow(state, 'pause', { request_id: `r${index}` });
  expect(state.requests).toHaveLength(KEPT_REQUESTS);
  expect(state.requests[0]!.request_id).toBe('r1');
});

test('a paused job says so, starts nothing, and goes on where it stood', () => {
  const state = approvedJob(tasksOf({ a: [] }));
  expect(check(state, 'resume', {})).toBe('conflict');
  follow(state, 'pause', { note: 'lunch' });
  expect(jobStatus(state)).toBe('paused');
  expect(schedule(state, START).start).toEqual([]);
  follow(state, 'resume', {});
  expect(schedule(state, START).start).toEqual(['a']);
});
