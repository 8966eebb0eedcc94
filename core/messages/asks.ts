import type { Ask, AskAnswer, AskedCall } from '../../contracts/ask.ts';
import type { CommandArgs } from '../../contracts/command.ts';
import type { EventDraft } from '../../contracts/event.ts';
import { isAttended, type JobState, type TaskState } from '../state/job-state.ts';

/**
 * A running agent waits for a person: without a slot where it is `idle`, and nothing else of it works meanwhile. A
 * request that came before changes nothing.
 */
export function addAsk(state: JobState, taskId: string, ask: Ask, idle: boolean): EventDraft[] {
  const task = state.tasks[taskId];
  if (task?.status !== 'running' || task.asks.some(({ approval_id }) => approval_id === ask.approval_id)) {
    return [];
  }
  if (!isAttended(state.spec)) {
    const reason = 'this job runs unattended; decide it yourself, or continue without it';
    close(task, { approval_id: ask.approval_id, decision: 'deny', reason, arguments: null, answer: null });
    return [];
  }
  task.asks.push(ask);
  if (idle) task.holds_slot = false;
  const { approval_id, kind, prompt, expires_at } = ask;
  return [
    {
      type: 'approval.requested',
      task_id: taskId,
      attempt: task.attempt,
      data: { approval_id, kind, prompt, expires_at },
    },
  ];
}

/** The task whose agent waits for that decision. */
export const askingTask = (state: JobState, approvalId: string): TaskState | undefined =>
  Object.values(state.tasks).find((task) => task.asks.some(({ approval_id }) => approval_id === approvalId));

/** The call that waits for that decision; null where nothing does, or it is a question. */
export const askedCall = (state: JobState, approvalId: string): AskedCall | null =>
  askingTask(state, approvalId)?.asks.find(({ approval_id }) => approval_id === approvalId)?.call ?? null;

/** A person decides; the answer waits in the task's `ask_answers` to be sent. */
export function decideAsk(task: TaskState, args: CommandArgs<'decide_approval'>): EventDraft[] {
  const { approval_id, decision, reason, actor } = args;
  const kind = task.asks.find((ask) => ask.approval_id === approval_id)!.kind;
  close(task, {
    approval_id,
    decision,
    reason: reason ?? null,
    arguments: args.arguments ?? null,
    answer: args.answer ?? null,
  });
  const type = decision === 'approve' ? 'approval.granted' : 'approval.denied';
  const data = { approval_id, kind, ...(reason === undefined ? {} : { reason }) };
  return [{ type, task_id: task.task_id, attempt: task.attempt, ...(actor ? { actor } : {}), data }];
}

/** Asks that nobody decided in time are as good as denied. */
export function expireAsks(state: JobState, now: string): EventDraft[] {
  return Object.values(state.tasks).flatMap((task) =>
    task.asks
      .filter(({ expires_at }) => expires_at !== null && expires_at <= now)
      .map(({ approval_id }): EventDraft => {
        close(task, { approval_id, decision: 'expired', reason: null, arguments: null, answer: null });
        return {
          type: 'approval.expired',
          task_id: task.task_id,
          attempt: task.attempt,
          data: { approval_id },
        };
      }),
  );
}

/** The answers that have still to be sent to agents; afterwards there are none. */
export function takeAskAnswers(state: JobState): { task_id: string; answer: AskAnswer }[] {
  return Object.values(state.tasks).flatMap((task) => {
    const answers = task.ask_answers.map((answer) => ({ task_id: task.task_id, answer }));
    task.ask_answers = [];
    return answers;
  });
}

function close(task: TaskState, answer: AskAnswer): void {
  task.asks = task.asks.filter(({ approval_id }) => approval_id !== answer.approval_id);
  task.ask_answers.push(answer);
}
