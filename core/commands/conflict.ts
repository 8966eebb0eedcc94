import type { CommandArgs } from '../../contracts/command.ts';
import type { FieldIssue, Problem } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import {
  awaitsPerson,
  type ConflictDecision,
  decideConflict,
  hasRoom,
  isAble,
  resolversOf,
} from '../repository/conflict.ts';
import { skipByPerson } from '../schedule/settle.ts';
import type { JobState } from '../state/job-state.ts';
import { taskCommands } from './task.ts';
import { by, conflict } from './types.ts';

type Args = CommandArgs<'decide_approval'>;

const DECISIONS: readonly ConflictDecision[] = ['retry', 'skip', 'use_agent', 'resolved'];

/** decide_approval for work that does not merge: the answer says what becomes of it. */
export function conflictDecision(
  state: JobState,
  task_id: string,
  args: Args,
): { check(): Problem | null; apply(now: string): EventDraft[] } {
  const { actor, reason } = args;
  if (args.answer === 'skip' && args.decision === 'approve' && isOpen(state, task_id)) {
    const skip = { task_id, reason, actor };
    const { check, apply } = taskCommands.skip_task;
    return { check: () => check(state, skip), apply: (now) => apply(state, skip, now) };
  }
  return { check: () => refusal(state, task_id, args), apply: (now) => decide(state, task_id, args, now) };
}

const isOpen = (state: JobState, taskId: string): boolean => awaitsPerson(state, state.tasks[taskId]!);

function refusal(state: JobState, taskId: string, args: Args): Problem | null {
  if (!isOpen(state, taskId)) {
    return conflict(`the work of the task '${taskId}' does not wait for anyone`);
  }
  const fields = issuesOf(state, args);
  return fields.length === 0 ? null : { code: 'validation', message: 'that does not say what to do', fields };
}

function issuesOf(state: JobState, { decision, answer, arguments: given }: Args): FieldIssue[] {
  const how = `approve it with an answer: ${DECISIONS.join(', ')}`;
  if (decision === 'deny') return [{ path: 'decision', issue: how }];
  if (!DECISIONS.includes(answer as ConflictDecision)) return [{ path: 'answer', issue: how }];
  if (answer !== 'use_agent') return [];
  if (!hasRoom(state)) return [{ path: 'answer', issue: 'the plan has all the tasks that it may have' }];
  const able = (state.snapshot?.agents ?? []).filter(isAble).map(({ name }) => name);
  if (able.includes(String(given?.agent))) return [];
  const there = able.length === 0 ? 'there is none that could' : `one of: ${able.join(', ')}`;
  return [{ path: 'arguments.agent', issue: `name an agent that works with a model; ${there}` }];
}

function decide(state: JobState, taskId: string, args: Args, now: string): EventDraft[] {
  const { actor, reason } = args;
  const decision = args.answer as Exclude<ConflictDecision, 'skip'>;
  const agent = decision === 'use_agent' ? String(args.arguments!.agent) : null;
  // what was to bring it together, and has failed, is not waited for any more
  const dropped = resolversOf(state, taskId).flatMap((task) => skipByPerson(state, task, now, by(actor)));
  const { events, answer } = decideConflict(state, taskId, decision, agent, now);
  if (answer) state.repository!.answers.push({ task_id: taskId, answer });
  const data = {
    kind: 'conflict',
    answer: decision,
    ...(agent ? { agent } : {}),
    ...(reason ? { note: reason } : {}),
  };
  return [{ type: 'approval.granted', task_id: taskId, ...by(actor), data }, ...dropped, ...events];
}
