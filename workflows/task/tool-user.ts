import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { ToolAnswer, ToolCall } from '../../contracts/tool.ts';
import type { Thread } from '../../contracts/turn.ts';
import type { Clock } from './clock.ts';
import type { Task } from './context.ts';

/** What carrying out the calls of an attempt takes. */
export interface ToolUser {
  task: Task;
  request: AttemptRequest;
  clock: Clock;
  thread: Thread;
}

/** The answer to a call that no activity carried out. */
export const toolAnswer = ({ tool_use_id }: ToolCall, text: string, is_error: boolean): ToolAnswer => ({
  tool_use_id,
  text,
  bytes: new TextEncoder().encode(text).length,
  content_ref: null,
  is_error,
  artifacts: [],
});
