/** What a running agent wants of a person: leave for a call of a tool, or an answer. */
export interface Ask {
  approval_id: string;
  kind: 'tool_call' | 'question';
  prompt: string;
  /** the arguments of the call; null: it is a question, or they are too long for histories */
  arguments: Record<string, unknown> | null;
  /** which tool is to be called; left out: none, it is a question */
  call?: AskedCall;
  requested_at: string;
  /** null: it waits for ever */
  expires_at: string | null;
  /** people were told that it is about to expire */
  warned?: boolean;
}

/** A tool that waits for leave. */
export interface AskedCall {
  tool: string;
  /** artifact with what the agent was offered, the schemas of arguments among it */
  prompt_ref: string;
  /** where its arguments stand when they are too long to be carried along */
  stands_in?: { conversation: string; tool_use_id: string };
}

/** What became of an {@link Ask}. */
export interface AskAnswer {
  approval_id: string;
  decision: 'approve' | 'deny' | 'expired';
  reason: string | null;
  /** the person's own version of the arguments */
  arguments: Record<string, unknown> | null;
  /** what a question was answered */
  answer: string | null;
}
