import { PREVIEW_CHARS, type TaskOutput } from '../../contracts/artifact.ts';
import type { CommandArgs } from '../../contracts/command.ts';
import type { Problem } from '../../contracts/error.ts';
import type { EventDraft } from '../../contracts/event.ts';
import { withDecision } from '../schedule/decisions.ts';
import { causesOf, resetTask, reviveFrom, skipByPerson, skipDependents } from '../schedule/settle.ts';
import {
  isBossTask,
  type JobState,
  jobStatus,
  plannedTasks,
  type Skip,
  type TaskState,
} from '../state/job-state.ts';
import { by, type CommandRule, conflict, tasksMayChange } from './types.ts';

/** What an operator can do to one task. */
export const taskCommands: {
  retry_task: CommandRule<'retry_task'>;
  skip_task: CommandRule<'skip_task'>;
  complete_task: CommandRule<'complete_task'>;
  approve_task: CommandRule<'approve_task'>;
  reject_task: CommandRule<'reject_task'>;
} = {
  retry_task: {
    answers: 'retrying',
    check: (state, args) =>
      missing(state, args.task_id) ??
      unless(
        state,
        args.task_id,
        'retry',
        (task) => isRetryable(task),
        'failed, blocked, or skipped as a consequence',
      ) ??
      badAgent(state, args),
    apply: (state, args) => retryTask(state, args),
  },
  skip_task: {
    check: (state, args) =>
      missing(state, args.task_id) ??
      beingSkipped(state.tasks[args.task_id]!) ??
      (isBossTask(state, args.task_id) ? conflict(BOSS_STAYS) : null) ??
      unless(
        state,
        args.task_id,
        'skip',
        (task) => task.status !== 'completed' && !(task.status === 'skipped' && task.reason === 'by_person'),
        'not completed or skipped already',
      ),
    apply(state, args, now) {
      const task = state.tasks[args.task_id]!;
      resume(state);
      if (task.status === 'running') {
        task.stop = 'skip';
        task.skipped_by ??= { ...skipOf(args), at: now };
        return [];
      }
      return skipByPerson(state, task, now, skipOf(args));
    },
  },
  complete_task: {
    check: (state, args) =>
      missing(state, args.task_id) ??
      unless(
        state,
        args.task_id,
        'complete',
        (task) => task.status === 'blocked' || task.status === 'failed',
        'a human task that waits, or blocked or failed and done by hand',
      ),
    apply: (state, args, now) => completeByHand(state, args, now),
  },
  approve_task: {
    check: (state, args) => missing(state, args.task_id) ?? gateMissing(state, args.task_id),
    apply(state, args) {
      const task = state.tasks[args.task_id]!;
      task.status = 'pending';
      task.reason = null;
      task.gate = { ...task.gate!, granted: true };
      resume(state);
      return [
        {
          type: 'approval.granted',
          task_id: task.task_id,
          actor: args.actor,
          data: { kind: 'gate', ...(args.note ? { note: args.note } : {}) },
        },
      ];
    },
  },
  reject_task: {
    check: (state, args) => missing(state, args.task_id) ?? gateMissing(state, args.task_id),
    apply(state, args, now) {
      const task = state.tasks[args.task_id]!;
      task.status = 'skipped';
      task.reason = 'rejected';
      task.gate = null;
      task.finished_at = now;
      resume(state);
      const about = { task_id: task.task_id, actor: args.actor };
      return [
        { type: 'approval.denied', ...about, data: { kind: 'gate', reason: args.reason ?? null } },
        { type: 'task.skipped', ...about, data: { reason: 'rejected' } },
        ...skipDependents(state, task.task_id, 'dependency_rejected', now),
      ];
    },
  },
};

const BOSS_STAYS = 'the boss leads the job and cannot be skipped; cancel the job instead';

/** Somebody had it skipped while it runs, and it stops for that. */
function beingSkipped({ task_id, stop, skipped_by }: TaskState): Problem | null {
  if (stop !== 'skip') return null;
  const problem = conflict(`the task '${task_id}' is being skipped already`);
  const { actor, at } = skipped_by ?? {};
  return actor && at ? withDecision(problem, { actor, what: `skipped the task '${task_id}'`, at }) : problem;
}

const skipOf = ({ actor, reason }: CommandArgs<'skip_task'>): Skip => ({
  ...by(actor),
  ...(reason === undefined ? {} : { note: reason }),
});

/** A job in review goes on once a person did something about a task. */
function resume(state: JobState): void {
  state.review = null;
  if (state.phase === 'verifying') state.phase = 'executing';
}

function retryTask(state: JobState, args: CommandArgs<'retry_task'>): EventDraft[] {
  const named = state.tasks[args.task_id]!;
  const causes = causesOf(state, args.task_id);
  resume(state);
  if (args.modified_prompt !== undefined) {
    named.modified_prompt = args.modified_prompt;
    named.error = null;
  }
  if (args.agent !== undefined) named.agent_override = args.agent;
  // other instructions, or another agent: starts over
  if (args.modified_prompt !== undefined || args.agent !== undefined) named.thread = null;
  named.retry_count += 1;
  const events: EventDraft[] = [];
  for (const cause of causes) {
    const task = state.tasks[cause]!;
    if (task.reason === 'host_lost') state.host_id = null;
    events.push({
      type: 'task.retrying',
      task_id: cause,
      actor: args.actor,
      data: { by: 'operator', retry_count: task.retry_count, asked_for: args.task_id },
    });
    reviveFrom(state, cause);
  }
  return events;
}

function completeByHand(state: JobState, args: CommandArgs<'complete_task'>, now: string): EventDraft[] {
  const task = state.tasks[args.task_id]!;
  if (task.status === 'failed') reviveFrom(state, task.task_id);
  resume(state);
  const output: TaskOutput = args.result ?? {
    preview: args.output.slice(0, PREVIEW_CHARS),
    bytes: new TextEncoder().encode(args.output).length,
    text: args.output,
    ...(args.outputs ? { data: args.outputs } : {}),
  };
  if (state.repository?.base && !isBossTask(state, task.task_id)) return handIn(task, output, args.actor);
  task.status = 'completed';
  task.reason = null;
  task.error = null;
  task.agent = 'human';
  task.worker = args.actor ?? null;
  task.finished_at = now;
  task.output = output;
  return [
    {
      type: 'task.completed',
      task_id: task.task_id,
      actor: args.actor,
      data: { output_preview: output.preview, by: 'person' },
    },
  ];
}

/** In a repository it is completed once what was pushed for it has landed: it starts, without an agent at work. */
function handIn(task: TaskState, output: TaskOutput, actor: string | undefined): EventDraft[] {
  resetTask(task);
  task.handed = { output, actor: actor ?? null };
  task.holds_slot = false;
  return [];
}

const isRetryable = (task: TaskState): boolean =>
  task.status === 'failed' ||
  task.status === 'blocked' ||
  (task.status === 'skipped' && task.reason !== 'by_person');

function missing(state: JobState, taskId: string): Problem | null {
  if (!plannedTasks(state).some((task) => task.task_id === taskId)) {
    return { code: 'not_found', message: `the job has no task '${taskId}'` };
  }
  if (state.phase === 'planning' || (state.phase === 'awaiting_approval' && !state.changing)) {
    return conflict(`the plan is not approved yet; the job is ${jobStatus(state)}`);
  }
  return tasksMayChange(state)
    ? null
    : conflict(`tasks cannot be changed any more; the job is ${jobStatus(state)}`);
}

function unless(
  state: JobState,
  taskId: string,
  what: string,
  allowed: (task: TaskState) => boolean,
  when: string,
): Problem | null {
  const task = state.tasks[taskId]!;
  if (allowed(task)) return null;
  const now = task.reason ? `${task.status} (${task.reason})` : task.status;
  return conflict(`cannot ${what} the task '${taskId}': it is ${now}; it must be ${when}`);
}

function gateMissing(state: JobState, taskId: string): Problem | null {
  const task = state.tasks[taskId]!;
  const waits =
    task.status === 'awaiting_approval' || (task.status === 'blocked' && task.reason === 'approval_expired');
  return waits ? null : conflict(`the task '${taskId}' is not waiting for approval; it is ${task.status}`);
}

function badAgent(state: JobState, args: CommandArgs<'retry_task'>): Problem | null {
  const planned = plannedTasks(state).find((task) => task.task_id === args.task_id)!;
  if (args.agent !== 'command' || planned.command !== null) return null;
  return {
    code: 'validation',
    message: 'the task has no command',
    fields: [{ path: 'agent', issue: 'only a task with a command can go to the agent `command`' }],
  };
}
