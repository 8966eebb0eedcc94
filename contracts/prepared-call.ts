import type { Price } from './money.ts';
import type { TracePlace } from './phase.ts';
import type { ProviderName } from './spec.ts';

/** What a model is asked for; `task`: a turn of an agent. */
export type CallPurpose = 'objectives' | 'tasks' | 'task' | 'synthesis' | 'verification';

/** A model call ready to be made: the prompt is stored, its worst case is known. */
export interface PreparedCall {
  call_id: string;
  job_id: string;
  task_id: string | null;
  attempt: number | null;
  purpose: CallPurpose;
  agent: string | null;
  provider: ProviderName;
  model: string;
  prompt_ref: string;
  max_output_tokens: number;
  /** why that is less than it would be; left out: it is not */
  shortened?: 'budget' | 'token_limit';
  /** upper bound of what the call can cost; 0 for free providers */
  worst_case_usd: number;
  /** null: unknown; a job with a budget cap refuses such a model */
  price: Price | null;
  /** of an agent that works in turns; null for calls that are one question and one answer */
  thinking: {
    limits: AgentLimits;
    context_window: number;
    /** how long a call of a tool waits for a person's leave; null: for ever */
    approval_expires_seconds: number | null;
  } | null;
  /** what did not fit into the carry; left out where nothing was */
  carry_trimmed?: CarryTrimmed;
  /** MCP servers and tools that the agent does not have as its file says; left out where there are none */
  tool_remarks?: { tools: ToolRemark[]; more: number };
  /** where it belongs in the trace of its job */
  place?: TracePlace;
}

/** An MCP server, or a tool of one, that is not there, or not as it was announced. */
export interface ToolRemark {
  name: string;
  reason: string;
}

/** What was left out of what is carried from the tasks before. */
export interface CarryTrimmed {
  /** tasks of which nothing is told, the oldest first */
  dropped: string[];
  /** characters that were left out in all */
  left_out_chars: number;
  max_chars: number;
}

/** How long an agent may go on in one attempt. */
export interface AgentLimits {
  max_turns: number;
  /** `finish` does not count */
  max_tool_calls: number;
  /** of all turns together, as billed, cached ones included; null: none */
  max_tokens: number | null;
}
