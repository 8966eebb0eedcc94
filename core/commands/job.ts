import { addBudget } from '../money/budget.ts';
import { releaseGates, setGates } from '../schedule/gates.ts';
import { AFTER_APPROVAL } from '../schedule/reviews.ts';
import { reviveFrom } from '../schedule/settle.ts';
import { isCarriedOut, jobStatus, type TaskState } from '../state/job-state.ts';
import { badCheckpoints, by, type CommandRule, conflict, tasksMayChange } from './types.ts';

/** What can be done to the job as a whole. */
export const jobCommands: {
  pause: CommandRule<'pause'>;
  resume: CommandRule<'resume'>;
  cancel: CommandRule<'cancel'>;
  finish: CommandRule<'finish'>;
  add_budget: CommandRule<'add_budget'>;
  release_gates: CommandRule<'release_gates'>;
} = {
  release_gates: {
    check: (state, args) =>
      isCarriedOut(state) && state.accepted_by === null
        ? badCheckpoints(state, args.checkpoints)
        : conflict(`cannot release gates: the job is ${jobStatus(state)}, not running`),
    apply(state, args) {
      setGates(state, args);
      return releaseGates(state, args.actor, args.note);
    },
  },
  pause: {
    check: (state) =>
      state.phase === 'executing' && !state.review
        ? null
        : conflict(`cannot pause: the job is ${jobStatus(state)}, not running`),
    apply(state, args) {
      if (state.paused) return [];
      state.paused = true;
      return [{ type: 'job.paused', actor: args.actor, data: args.note ? { note: args.note } : {} }];
    },
  },
  resume: {
    check: (state) =>
      state.paused ? null : conflict(`cannot resume: the job is ${jobStatus(state)}, not paused`),
    apply(state, args) {
      state.paused = false;
      return [{ type: 'job.resumed', actor: args.actor, data: {} }];
    },
  },
  cancel: {
    check: () => null,
    apply(state, args, at) {
      state.cancel_requested = true;
      const error = { code: 'cancelled', message: args.reason ?? 'cancelled on request' };
      // an end that is certain, and may have been told to somebody, stays
      state.ending ??= { status: 'cancelled', error, at, ...by(args.actor) };
      return [];
    },
  },
  finish: {
    check: (state) =>
      state.review && AFTER_APPROVAL.includes(state.phase)
        ? null
        : conflict(`cannot finish: the job is ${jobStatus(state)}, not in review`),
    apply(state, args) {
      state.accepted_by = args.actor ?? 'operator';
      state.partial = true;
      state.review = null;
      return [];
    },
  },
  add_budget: {
    check(state) {
      const { budget, spec } = state;
      if (budget.limit_usd === null) return conflict('the job has no budget cap; there is nothing to add to');
      if (!spec.delegated_by) return null;
      return conflict(`its budget is part of that of job ${spec.delegated_by.job_id}; add to that one`);
    },
    apply(state, args) {
      const waiting = tasksMayChange(state) ? Object.values(state.tasks).filter(isOutOfMoney) : [];
      const events = addBudget(state.budget, args.add_usd, args.actor);
      if (waiting.length > 0 || state.review?.code === 'budget_exhausted') state.review = null;
      for (const { task_id } of waiting) reviveFrom(state, task_id);
      return events;
    },
  },
};

const isOutOfMoney = (task: TaskState): boolean =>
  task.status === 'blocked' && task.reason === 'budget_exhausted';
