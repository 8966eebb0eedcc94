import type { CommandArgs } from '../../contracts/command.ts';
import type { Problem } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import { coversCommands, forbidden, NEEDS_ADMIN } from '../agents/command-rights.ts';
import { askingTask, decideAsk } from '../messages/asks.ts';
import { conflictId } from '../repository/conflict.ts';
import { refuseDecision } from '../schedule/reviews.ts';
import { gateId, humanTaskId, planApprovalId } from '../schedule/schedule.ts';
import type { JobState, TaskState } from '../state/job-state.ts';
import { conflictDecision } from './conflict.ts';
import { planCommands } from './plan.ts';
import { stalePlan } from './stale-plan.ts';
import { taskCommands } from './task.ts';
import { type CommandRule, conflict } from './types.ts';

/** decide_approval: the same decisions under the id of what waits. */
export const approvalCommands: { decide_approval: CommandRule<'decide_approval'> } = {
  decide_approval: {
    check: (state, args) =>
      translate(state, args)?.check() ?? (translate(state, args) ? null : unknown(args)),
    apply: (state, args, now) => translate(state, args)!.apply(now),
  },
};

interface Translated {
  check(): Problem | null;
  apply(now: string): EventDraft[];
}

function translate(state: JobState, args: CommandArgs<'decide_approval'>): Translated | null {
  const { approval_id, actor, no_commands } = args;
  const approve = args.decision === 'approve';
  const old = state.old_plans.find(({ version }) => approval_id === planApprovalId(version));
  if (old) return { check: () => stalePlan(state, old.version), apply: () => [] };
  if (state.plan && approval_id === planApprovalId(state.plan.version)) {
    return approve
      ? bind(state, planCommands.approve, {
          plan_version: state.plan.version,
          note: args.reason,
          actor,
          no_commands,
        })
      : bind(state, planCommands.reject, { reason: args.reason, actor });
  }
  const refused = refuseDecision(state, approval_id);
  if (refused) return { check: () => refused, apply: () => [] };
  const asking = askingTask(state, approval_id);
  if (asking) return { check: () => checkAnswer(asking, args), apply: () => decideAsk(asking, args) };
  for (const task_id of Object.keys(state.tasks)) {
    if (approval_id === conflictId(task_id)) return conflictDecision(state, task_id, args);
    if (approval_id === gateId(task_id)) {
      return approve
        ? bind(state, taskCommands.approve_task, { task_id, note: args.reason, actor })
        : bind(state, taskCommands.reject_task, { task_id, reason: args.reason, actor });
    }
    if (approval_id === humanTaskId(task_id)) {
      if (!waitsForAnswer(state, task_id)) {
        return { check: () => conflict(`the task '${task_id}' is not waiting for anyone`), apply: () => [] };
      }
      return approve
        ? bind(state, taskCommands.complete_task, { task_id, output: args.answer ?? '', actor })
        : bind(state, taskCommands.skip_task, { task_id, reason: args.reason, actor });
    }
  }
  return null;
}

/** A question is not approved, it is answered; a command of an agent takes an admin, whoever's words it was made of. */
function checkAnswer(task: TaskState, args: CommandArgs<'decide_approval'>): Problem | null {
  const ask = task.asks.find(({ approval_id }) => approval_id === args.approval_id);
  if (args.no_commands && args.decision === 'approve' && coversCommands(ask?.call?.tool ?? ''))
    return forbidden([{ path: 'decision', issue: `${ask!.call!.tool} ${NEEDS_ADMIN}` }]);
  if (ask?.kind !== 'question' || args.decision === 'deny' || args.answer !== undefined) return null;
  const issue = 'is required: the agent asked a question';
  return { code: 'validation', message: 'the answer is missing', fields: [{ path: 'answer', issue }] };
}

function bind<A>(
  state: JobState,
  rule: {
    check(state: JobState, args: A): Problem | null;
    apply(state: JobState, args: A, now: string): EventDraft[];
  },
  args: A,
): Translated {
  return { check: () => rule.check(state, args), apply: (now) => rule.apply(state, args, now) };
}

const waitsForAnswer = (state: JobState, taskId: string): boolean =>
  state.tasks[taskId]!.status === 'blocked' && state.tasks[taskId]!.reason === 'waiting_for_person';

const unknown = (args: CommandArgs<'decide_approval'>): Problem => ({
  code: 'not_found',
  message: `nothing is waiting under the approval_id '${args.approval_id}'`,
});
