import type { Delivery } from '../../contracts/message.ts';
import type { ToolAnswer, ToolCall } from '../../contracts/tool.ts';
import type { TurnInput } from '../../contracts/turn.ts';
import { isNews } from '../../core/messages/news.ts';
import type { Task } from './context.ts';
import { type ToolUser, toolAnswer } from './tool-user.ts';

/** What an agent reads of its messages with a turn. A summary is of what was read already. */
export const unreadFor = (task: Task, mode: TurnInput['mode']): Delivery[] =>
  mode === 'summarize' ? [] : [...task.inbox];

/** The turn with these messages was answered: they were read, and are not read again. */
export function haveRead(task: Task, messages: readonly Delivery[]): void {
  task.inbox.splice(0, messages.length);
}

/** Whether an agent that says it is done has to read something first; its last turn is its last. */
export function hasNews({ task, thread }: Pick<ToolUser, 'task' | 'thread'>): boolean {
  const { max_turns } = thread.call.thinking!.limits;
  return task.inbox.some(isNews) && thread.turns < max_turns && thread.over_allowance === 0;
}

/** What a call of `finish` is told then. */
export const NOT_READ =
  'Not finished: messages for you came meanwhile. Read them, do what they ask for, and finish again.';

/** Carries out `send_message`. */
export async function sendMessage(
  { task, request, thread }: ToolUser,
  call: ToolCall,
  given: Record<string, unknown>,
): Promise<ToolAnswer> {
  const { to, message } = given as { to: string; message: string };
  // a provider may give an id twice, in other turns
  const post_id = `${request.attempt}-${thread.turns}-${call.tool_use_id}`;
  const refused = await task.job.post({ post_id, to, content: message });
  return refused === null
    ? toolAnswer(call, 'Sent. The answer reaches you on a later turn.', false)
    : toolAnswer(call, `Not sent: ${refused}.`, true);
}
