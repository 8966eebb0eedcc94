import { uuid4 } from '@temporalio/workflow';
import type { AskAnswer } from '../../contracts/ask.ts';
import type { AttemptRequest } from '../../contracts/attempt.ts';
import type { CodingGrant, CodingQuestion } from '../../contracts/coding-leave.ts';
import type { Thread } from '../../contracts/turn.ts';
import type { Clock } from './clock.ts';
import type { Task } from './context.ts';
import { askedNow, refusalOf } from './tool-calls.ts';

/** What was decided earlier is forgotten: the call is asked for again. */
const GRANTS_KEPT = 20;

/** Whose call it is. */
interface Asking {
  task: Task;
  request: AttemptRequest;
  clock: Clock;
  thread: Thread;
}

/**
 * Has a person decide about a call, without a slot and with the clock paused. Its program has ended: it goes on in its conversation
 * with what was decided, and asks for the call again.
 */
export async function askLeave(
  { task, request, clock, thread }: Asking,
  question: CodingQuestion,
): Promise<void> {
  const { tool, arguments: given, tool_use_id, fingerprint } = question;
  const { call, conversation, coding } = thread;
  const stands_in =
    given === null && conversation !== null ? { stands_in: { conversation, tool_use_id } } : {};
  const approval_id = `ask-${request.task.task_id}-${request.attempt}-${uuid4()}`;
  const said = await clock.pauseClock(async () => {
    const answer = await task.job.ask(
      {
        ...{ approval_id, kind: 'tool_call', arguments: given },
        prompt: `${request.agent} wants to use ${tool}`,
        call: { tool, prompt_ref: call.prompt_ref, ...stands_in },
        ...askedNow(call.thinking!.approval_expires_seconds),
      },
      true,
    );
    await task.job.takeSlot();
    return answer;
  });
  const grant: CodingGrant = {
    ...{ approval_id, tool, fingerprint, edited: said.arguments },
    allowed: said.decision === 'approve',
  };
  coding!.grants = [...(coding!.grants ?? []), grant].slice(-GRANTS_KEPT);
  thread.remarks = [decisionOn(tool, said)];
}

/** What it is told of a decision. */
function decisionOn(tool: string, said: AskAnswer): string {
  if (said.decision !== 'approve') return `You asked leave to use ${tool}. ${refusalOf(said)}`;
  if (said.arguments === null) {
    return `You asked leave to use ${tool}, and a person allowed it, once: make exactly the same call now.`;
  }
  return `You asked leave to use ${tool}. A person allowed it, once, with other arguments; make exactly this call now: ${JSON.stringify(said.arguments)}`;
}
