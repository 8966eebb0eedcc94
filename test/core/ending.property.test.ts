import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCommand } from '../../core/commands/index.ts';
import { assess, setReview } from '../../core/schedule/ending.ts';
import { type JobState, jobStatus, type TaskState } from '../../core/state/job-state.ts';
import { anyHistory } from './happenings.ts';
import { advance, command, type History, running, settle, unfold } from './history.ts';
import { approvedJob, tasksOf } from './samples.ts';

const RUNS = { numRuns: 300 };

const waitsForPerson = ({ status, reason }: TaskState) =>
  status === 'awaiting_approval' || (status === 'blocked' && reason === 'waiting_for_person');
const tasksIn = (state: JobState) => Object.values(state.tasks);
const isOpen = (state: JobState) =>
  state.phase === 'executing' && !state.paused && !state.ending && !state.accepted_by;

test('a job never waits for nothing: somebody works, somebody is asked, or it is over or in review', () => {
  fc.assert(
    fc.property(anyHistory(), ([job, happenings]) => {
      unfold(job, happenings, {
        scheduled({ state }) {
          if (!isOpen(state)) return;
          const busy = running(state).length > 0 || tasksIn(state).some(waitsForPerson);
          const failing =
            state.spec.on_task_failure === 'fail' && tasksIn(state).some((t) => t.status === 'failed');
          const { kind } = assess(state);
          if (failing) expect(kind).toBe('failed');
          else if (busy) expect(kind).toBe('active');
          else expect(['done', 'failed', 'review']).toContain(kind);
        },
      });
    }),
    RUNS,
  );
});

test('a job is in review only when nothing else can run and nobody else is waited for', () => {
  fc.assert(
    fc.property(anyHistory(), ([job, happenings]) => {
      const { state } = unfold(job, happenings);
      if (jobStatus(state) !== 'needs_review' || state.phase !== 'executing') return;
      expect(running(state)).toEqual([]);
      expect(tasksIn(state).filter(waitsForPerson)).toEqual([]);
      expect(tasksIn(state).some((task) => task.status === 'failed' || task.status === 'blocked')).toBe(true);
    }),
    { numRuns: 600 },
  );
});

test('every job can be brought to its end from wherever it got to, in few steps', () => {
  fc.assert(
    fc.property(anyHistory(), fc.boolean(), ([job, happenings], skips) => {
      const history = unfold(job, happenings);
      const { state } = history;
      if (state.phase !== 'executing') return;
      const leastSteps = 20 * (tasksIn(state).length + 1);
      for (let step = 0; state.phase === 'executing' && step < leastSteps; step += 1) {
        if (state.ending && running(state).length === 0) return;
        moveOn(history, skips);
        advance(history);
      }
      expect(state.phase).not.toBe('executing');
      expect(tasksIn(state).filter((t) => t.status === 'running')).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('done means: every task completed, or left out by a person, a rejected gate, or with what failed', () => {
  fc.assert(
    fc.property(anyHistory(), ([job, happenings]) => {
      unfold(job, happenings, {
        scheduled({ state }) {
          if (!isOpen(state)) return;
          const verdict = assess(state);
          if (verdict.kind !== 'done') return;
          const failed = tasksIn(state).filter((task) => task.status === 'failed');
          expect(verdict.partial).toBe(failed.length > 0);
          for (const { status } of tasksIn(state))
            expect(['completed', 'skipped', 'failed']).toContain(status);
          if (failed.length > 0) expect(state.spec.on_task_failure).toBe('continue');
          else expect(tasksIn(state).map((task) => task.reason)).not.toContain('dependency_failed');
        },
      });
    }),
    RUNS,
  );
});

describe('when a task fails for good', () => {
  const outcomesOf = (
    on_task_failure: 'review' | 'continue' | 'fail',
    outcomes: ('completed' | 'failed')[],
  ) => {
    const tasks = tasksOf({ a: [], b: [] });
    const history = unfold(approvedJob(tasks, { on_task_failure }), []);
    for (const [index, outcome] of outcomes.entries()) {
      settle(history, history.state.tasks['ab'[index]!]!, outcome);
      advance(history);
    }
    return history.state;
  };

  test('the job waits in review, once what still runs has ended', () => {
    expect(jobStatus(outcomesOf('review', ['failed']))).toBe('running');
    const state = outcomesOf('review', ['failed', 'completed']);
    expect(jobStatus(state)).toBe('needs_review');
    expect(state.review).toMatchObject({ code: 'task_failed' });
  });

  test('the job goes on and is partial, if it may and something was completed', () => {
    expect(outcomesOf('continue', ['failed', 'completed'])).toMatchObject({
      phase: 'synthesizing',
      partial: true,
    });
    expect(outcomesOf('continue', ['failed', 'failed']).ending).toMatchObject({ status: 'failed' });
  });

  test('the job stops the rest and fails, if it shall', () => {
    const state = outcomesOf('fail', ['failed']);
    expect(state.ending).toMatchObject({ status: 'failed', error: { code: 'task_failed' } });
    expect(state.tasks.b).toMatchObject({ status: 'running', stop: 'cancel' });
  });
});

test('a job says once that it needs review, and again when the reason is another', () => {
  const state = approvedJob(tasksOf({ a: [] }));
  const error = { code: 'task_failed', message: 'a is failed' };
  expect(setReview(state, error).map(({ type }) => type)).toEqual(['job.needs_review', 'alert']);
  expect(setReview(state, error)).toEqual([]);
  expect(setReview(state, { ...error, message: 'b is failed' })).toHaveLength(2);
});

/** Does the one thing that is due: ends a running task, answers whoever asks, decides what hangs. */
function moveOn(history: History, skips: boolean): void {
  const { state } = history;
  const about = (task: TaskState) => ({ task_id: task.task_id, output: '' });
  if (state.paused) command(history, 'resume', {});
  const [first] = running(state);
  if (first) {
    settle(history, first, state.ending ? 'cancelled' : 'completed');
    return;
  }
  const asked = tasksIn(state).find(waitsForPerson);
  if (asked) {
    expect(
      command(history, asked.status === 'blocked' ? 'complete_task' : 'approve_task', about(asked)),
    ).toBe(true);
    return;
  }
  const lost = tasksIn(state).find((task) => task.status === 'failed' || task.status === 'blocked');
  if (lost) expect(command(history, skips ? 'skip_task' : 'retry_task', about(lost))).toBe(true);
  else expect(checkCommand(state, 'cancel', {})).toBeNull();
}
