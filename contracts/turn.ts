import type { Artifact, TaskOutput } from './artifact.ts';
import type { CodingGrant } from './coding-leave.ts';
import type { LeadCap } from './lead.ts';
import type { Delivery } from './message.ts';
import type { PreparedCall } from './prepared-call.ts';
import type { ToolCall, ToolResult } from './tool.ts';

/** What is said to the agent with its next turn. */
export interface TurnInput {
  /** hash of the conversation's last segment; null before the first turn */
  conversation: string | null;
  /** answers to the calls of the last turn, all of them */
  results: ToolResult[];
  /** remarks of the orchestrator, after the results */
  remarks: string[];
  /** what others wrote to it, after the remarks; left out: nothing */
  messages?: Delivery[];
  /** tokens of the conversation as the provider counted them in the last turn; 0 before the first */
  known_tokens: number;
  /** what the call may cost; null: no cap */
  budget_usd: number | null;
  /** the budget has no more than that: the answer becomes as short as it has to be. Left out: no */
  may_shorten?: boolean;
  /** tokens that the agent has left in this attempt; left out, or null: no limit */
  tokens_left?: number | null;
  /** `act`: with tools; `hand_over`: without, and as long an answer as the money allows; `summarize`: to be compacted */
  mode: 'act' | 'hand_over' | 'summarize';
}

/** What an agent did in a turn. */
export interface TurnAnswer {
  purpose: 'turn';
  conversation: string;
  /** the beginning of what it said */
  said: string;
  calls: ToolCall[];
  /** the result, once it says that it is done: without further calls, or by the tool `finish` */
  result: TaskOutput | null;
  known_tokens: number;
  /** billed for this turn */
  tokens: number;
  /** it broke off because it was made short, and is no result: what the agent is to be told. Left out: it is whole */
  cut_short?: string;
}

/** Where an agent stands in its attempt: enough for another attempt, or a retry, to go on from there. */
export interface Thread {
  call: PreparedCall;
  conversation: string | null;
  results: ToolResult[];
  remarks: string[];
  known_tokens: number;
  turns: number;
  /** tool calls that counted against the allowance */
  tool_calls: number;
  /** turns that asked for more of them than were left */
  over_allowance: number;
  /** its latest turn handed over what it had, because there was no more money */
  handed_over: boolean;
  tokens: number;
  artifacts: Artifact[];
  said: string;
  /** calls of the model in this attempt that may have been paid for and brought no answer; left out: none */
  in_vain?: number;
  /** it was said that costs are estimates; left out: they are not */
  estimated?: true;
  /** how often each of the latest calls came with the same result */
  repeats: Record<string, number>;
  /** of an agent that leads: it was asked to complete the project, or to go on; left out: it was not */
  asked?: true;
  /** of an agent that leads: turns in which it wanted more than the limits allow; left out: none */
  capped?: number;
  /** of a coding assistant: its conversation, by our id and by its own, which it says once it has begun */
  coding?: { own_session: string; session: string | null; grants?: CodingGrant[] };
  /** the limit that a call of the latest turn ran into; left out: none did */
  cap_met?: { code: LeadCap; message: string };
}
