/** What a running agent wants of a person: leave for a call of a tool, or an answer. */
export interface Ask {
  approval_id: string;
  kind: 'tool_call' | 'question';
  prompt: string;
  /** the arguments of the call */
  arguments: Record<string, unknown> | null;
  requested_at: string;
  /** null: it waits for ever */
  expires_at: string | null;
  /** people were told that it is about to expire */
  warned?: boolean;
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
