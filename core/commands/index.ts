import type { CommandAnswer, CommandArgs, CommandName } from '../../contracts/command.ts';
import type { Problem } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import { nextMessageId } from '../messages/messages.ts';
import { withDecision } from '../schedule/decisions.ts';
import { type JobState, jobStatus, KEPT_REQUESTS } from '../state/job-state.ts';
import { approvalCommands } from './approvals.ts';
import { changeCommands } from './change-plan.ts';
import { jobCommands } from './job.ts';
import { messageCommands } from './message.ts';
import { planCommands } from './plan.ts';
import { taskCommands } from './task.ts';
import { type CommandRule, conflict } from './types.ts';

/**
 * Why a command cannot be followed now, or null. Nothing is changed. A command that was answered before is
 * always accepted: {@link applyCommand} repeats its answer.
 */
export function checkCommand<N extends CommandName>(
  state: JobState,
  name: N,
  args: CommandArgs<N>,
): Problem | null {
  const earlier = answered(state, args.request_id);
  if (earlier) return earlier.body_hash === (args.body_hash ?? '') ? null : REUSED_KEY;
  if (name === 'cancel' && state.ending?.status === 'cancelled') return null;
  if (state.phase === 'closed' || (state.ending && name !== 'cancel')) {
    return over(state);
  }
  return RULES[name].check(state, args);
}

/** Follows a command that {@link checkCommand} allows. The answer is kept for a repetition of the request. */
export function applyCommand<N extends CommandName>(
  state: JobState,
  name: N,
  args: CommandArgs<N>,
  now: string,
): { answer: CommandAnswer; events: EventDraft[] } {
  const earlier = answered(state, args.request_id);
  if (earlier) return { answer: earlier.answer, events: [] };
  const message = name === 'send_message' ? { message_id: nextMessageId(state) } : {};
  const events = RULES[name].apply(state, args, now);
  const answer: CommandAnswer = {
    job_id: state.job_id,
    status: RULES[name].answers ?? (state.ending?.status === 'rejected' ? 'rejected' : jobStatus(state)),
    ...(state.plan ? { plan_version: state.plan.version } : {}),
    ...('task_id' in args
      ? { task_id: args.task_id, retry_count: state.tasks[args.task_id]?.retry_count ?? 0 }
      : {}),
    ...(state.cancel_requested ? { cancel_requested: true } : {}),
    ...message,
  };
  if (args.request_id !== undefined) {
    state.requests.push({ request_id: args.request_id, body_hash: args.body_hash ?? '', answer });
    state.requests.splice(0, Math.max(0, state.requests.length - KEPT_REQUESTS));
  }
  return { answer, events };
}

const RULES: { [N in CommandName]: CommandRule<N> } = {
  ...planCommands,
  ...changeCommands,
  ...taskCommands,
  ...approvalCommands,
  ...jobCommands,
  ...messageCommands,
};

const REUSED_KEY: Problem = {
  code: 'idempotency_conflict',
  message: 'this Idempotency-Key was used for the same command with another body; use a new key',
};

const answered = (state: JobState, requestId: string | undefined) =>
  requestId === undefined ? undefined : state.requests.find((request) => request.request_id === requestId);

function over({ phase, ending }: JobState): Problem {
  const { status, actor, at } = ending!;
  const now = phase === 'closed' ? status : 'ending';
  const problem = conflict(`the job is ${now}; nothing can be changed any more`);
  const what = status === 'cancelled' ? 'cancelled the job' : 'rejected the plan';
  return actor && at ? withDecision(problem, { actor, what, at }) : problem;
}
