import { describe, expect, test } from 'vitest';
import type { CommandName } from '../../contracts/command.ts';
import type { BlockedReason } from '../../contracts/status.ts';
import type { ReviewAction } from '../../contracts/view.ts';
import { checkCommand } from '../../core/commands/index.ts';
import { assess } from '../../core/schedule/ending.ts';
import { schedule } from '../../core/schedule/schedule.ts';
import { settleTask } from '../../core/schedule/settle.ts';
import { waitingApprovals } from '../../core/schedule/waiting.ts';
import { type JobState, jobStatus } from '../../core/state/job-state.ts';
import { approvedJob, START, tasksOf } from './samples.ts';

type Submission = NonNullable<Parameters<typeof approvedJob>[1]>;

/** A job whose task `a` ended like this, with `b` after it and `c` beside it. */
function jobAfter(outcome: 'failed' | BlockedReason, spec: Submission = {}, beside = false): JobState {
  const state = approvedJob(tasksOf({ a: [], b: ['a'], ...(beside ? { c: [] } : {}) }), spec);
  schedule(state, START);
  const about = { task_id: 'a', generation: 1, attempt: 1, agent: null, worker: null };
  const error = { code: 'exit', message: 'exit code 1', tail: 'no such file', retryable: true };
  settleTask(
    state,
    {
      ...about,
      outcome:
        outcome === 'failed'
          ? { status: 'failed', error, artifacts: [] }
          : { status: 'blocked', reason: outcome, message: 'it is stuck' },
    },
    START,
  );
  const verdict = assess(state);
  if (verdict.kind === 'review') state.review = verdict.error;
  return state;
}

const reviews = (state: JobState) => waitingApprovals(state, START).filter(({ actions }) => actions);
const COMMAND: Record<ReviewAction, CommandName> = {
  retry: 'retry_task',
  skip: 'skip_task',
  finish: 'finish',
  cancel: 'cancel',
  add_budget: 'add_budget',
};

describe('what went wrong waits for a person like everything else', () => {
  test.each([
    ['failed', {}, 'review', ['retry', 'skip', 'finish', 'cancel']],
    ['no_agent', {}, 'review', ['retry', 'skip', 'finish', 'cancel']],
    ['no_provider', {}, 'provider', ['retry', 'skip', 'finish', 'cancel']],
    ['budget_exhausted', { budget_usd: 1 }, 'budget', ['add_budget', 'retry', 'skip', 'finish', 'cancel']],
    ['budget_exhausted', { budget_usd: null }, 'budget', ['retry', 'skip', 'finish', 'cancel']],
  ] as const)('%s with %j: %s, by %j, and each of them is allowed', (outcome, spec, kind, actions) => {
    const state = jobAfter(outcome, spec);
    expect(jobStatus(state)).toBe('needs_review');
    const [review, ...others] = reviews(state);
    expect(others).toEqual([]);
    expect(review).toMatchObject({
      approval_id: 'review-a',
      kind,
      task_id: 'a',
      requested_at: START,
      actions,
    });
    expect(review!.prompt).toContain(outcome === 'failed' ? 'exit code 1\n\nno such file' : 'it is stuck');
    for (const action of actions) {
      const args = { task_id: 'a', add_usd: 1 };
      expect(checkCommand(state, COMMAND[action], args as never), action).toBeNull();
    }
  });

  test('also while something else still runs, when it cannot be finished yet', () => {
    const state = jobAfter('failed', {}, true);
    expect(jobStatus(state)).toBe('running');
    expect(reviews(state)).toMatchObject([{ approval_id: 'review-a', actions: ['retry', 'skip', 'cancel'] }]);
  });

  test('a decision on it is refused, naming the commands that settle it', () => {
    const state = jobAfter('failed');
    for (const decision of ['approve', 'deny'] as const) {
      const problem = checkCommand(state, 'decide_approval', { approval_id: 'review-a', decision });
      expect(problem).toMatchObject({ code: 'conflict' });
      expect(problem!.message).toContain('retry (the task), skip (the task), finish, cancel');
    }
    expect(checkCommand(state, 'decide_approval', { approval_id: 'review-b', decision: 'deny' })?.code).toBe(
      'not_found',
    );
  });

  test('the job as a whole, where no task is to blame', () => {
    const state = jobAfter('failed');
    state.tasks.a!.status = 'completed';
    state.review = { code: 'criteria_unmet', message: 'c1 is unmet' };
    state.phase = 'verifying';
    expect(reviews(state)).toMatchObject([
      { approval_id: 'review', kind: 'review', task_id: null, actions: ['finish', 'cancel'] },
    ]);
  });

  test.each([
    ['a job that goes on without it', { on_task_failure: 'continue' }],
    ['a job that nobody looks after', { attended: false }],
  ] as const)('but not of %s', (_, spec) => {
    expect(reviews(jobAfter('failed', spec, true))).toEqual([]);
  });
});
