import type { AttemptError } from '../../contracts/attempt.ts';
import type { AgentLimits } from '../../contracts/prepared-call.ts';
import type { Thread } from '../../contracts/turn.ts';

/** The tool by which an agent hands over its result. */
export const FINISH = 'finish';

/** The tool by which an agent that leads ends its project. */
export const PROJECT_COMPLETE = 'project_complete';

/** Whether a tool ends the work of the agent that calls it. */
export const isEnd = (name: string): boolean => name === FINISH || name === PROJECT_COMPLETE;

/** The same call with the same result so often is a loop: it is said to the agent. */
const REPEATS_SAID = 3;
/** Once more after that, and the attempt ends. */
const REPEATS_ENDED = 4;
/** Turns that asked for more tool calls than were left: after the first the agent is told to finish. */
const ASKED_AGAIN = 2;
/** Turns in which a boss wanted more than the limits of its project allow, after which it ends. */
const CAPPED_TURNS = 3;
/** Share of the context window at which a conversation is compacted. */
const FULL = 0.75;
/** Share of it that is used however long answers may be. */
const MIN_USED = 0.25;
/** The fewest that real texts have. */
export const BYTES_A_TOKEN = 3;

/** Which limit an agent has reached, as the failure of its attempt; null while it may go on. */
export function reachedLimit(thread: Thread, limits: AgentLimits): AttemptError | null {
  const { turns, over_allowance, tokens } = thread;
  if (turns >= limits.max_turns) return over('turn_limit', `${limits.max_turns} turns`, thread);
  if (over_allowance >= ASKED_AGAIN) {
    return over('tool_call_limit', `${limits.max_tool_calls} tool calls, and asked for more`, thread);
  }
  if (limits.max_tokens !== null && tokens >= limits.max_tokens) {
    return over('token_limit', `${limits.max_tokens} tokens`, thread);
  }
  if (thread.cap_met && (thread.capped ?? 0) >= CAPPED_TURNS) {
    const { code, message } = thread.cap_met;
    return { code, message: `it went on after it was told: ${message}`, ...tail(thread), retryable: false };
  }
  if (Object.values(thread.repeats).some((count) => count >= REPEATS_ENDED)) {
    return {
      code: 'stuck',
      message: `the agent made the same call with the same result ${REPEATS_ENDED} times, and went on after it was told`,
      ...tail(thread),
      retryable: true,
    };
  }
  return null;
}

/** Parts the calls of a turn: those that the agent's allowance still covers, and those that it does not. The last one is free. */
export function withinAllowance<C extends { name: string }>(
  calls: readonly C[],
  { tool_calls }: Pick<Thread, 'tool_calls'>,
  { max_tool_calls }: AgentLimits,
): { covered: C[]; refused: C[]; counted: number } {
  const covered: C[] = [];
  const refused: C[] = [];
  let counted = 0;
  for (const call of calls) {
    if (isEnd(call.name)) covered.push(call);
    else if (tool_calls + counted >= max_tool_calls) refused.push(call);
    else {
      covered.push(call);
      counted += 1;
    }
  }
  return { covered, refused, counted };
}

/** What the agent reads for a call that its allowance did not cover. */
export const refusalOfCall = ({ max_tool_calls }: AgentLimits): string =>
  `Not carried out: your allowance of ${max_tool_calls} tool calls for this task is used up.`;

/** What is to be said with the next turn of the limits that are near. */
export function limitNotices({ turns, tool_calls }: Thread, limits: AgentLimits): string[] {
  const { max_turns, max_tool_calls } = limits;
  const notices: string[] = [];
  if (turns > 0 && tool_calls >= max_tool_calls) {
    notices.push(
      `Your allowance of ${max_tool_calls} tool calls is used up; no further ones are carried out. ${FINISH_NOW}`,
    );
  }
  if (turns === max_turns - 1) {
    notices.push(
      `This is your last turn of ${max_turns}: you will not read the results of further tool calls. ${FINISH_NOW}`,
    );
  }
  return notices;
}

const FINISH_NOW = 'Finish now: hand over what you have as the result of the task, and say what is missing.';

/**
 * Counts the calls of a turn with their results, and gives what to say about those that came back the same way.
 * Only the calls of the latest turn are kept: another call in between is a change.
 */
export function countRepeats(
  before: Thread['repeats'],
  calls: readonly { fingerprint: string; name: string; content_ref: string }[],
): { repeats: Thread['repeats']; remarks: string[] } {
  const repeats: Thread['repeats'] = {};
  const remarks: string[] = [];
  for (const { fingerprint, name, content_ref } of calls) {
    const key = `${fingerprint}:${content_ref}`;
    repeats[key] = (repeats[key] ?? before[key] ?? 0) + 1;
    if (repeats[key] === REPEATS_SAID) {
      remarks.push(
        `You have called ${name} with the same arguments ${REPEATS_SAID} times, and got the same result each time. Do something else: another approach, a question to a person, or finish with what you have and say what is missing.`,
      );
    }
  }
  return { repeats, remarks };
}

/** Whether a conversation should be compacted before the next turn, with the results that it brings and its answer. */
export function isFull({ call, known_tokens, results }: Thread): boolean {
  // nothing was said since it was compacted last: that would take nothing away
  if (call.thinking === null || known_tokens === 0) return false;
  const { context_window } = call.thinking;
  const added = results.reduce((sum, { bytes }) => sum + bytes, 0) / BYTES_A_TOKEN;
  const room = Math.max(context_window * MIN_USED, context_window - call.max_output_tokens);
  return known_tokens + added > Math.min(context_window * FULL, room);
}

function over(code: string, what: string, thread: Thread): AttemptError {
  const message = `the agent was not done after ${what}; what it had done until then is kept`;
  return { code, message, ...tail(thread), retryable: false };
}

const tail = ({ said }: Thread): { tail?: string } => (said === '' ? {} : { tail: said });
