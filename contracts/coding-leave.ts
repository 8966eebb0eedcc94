/** A call of a tool that an assistant asks leave for. */
export interface CodingQuestion {
  tool: string;
  /** null: they are too long for histories, and stand in the conversation */
  arguments: Record<string, unknown> | null;
  tool_use_id: string;
  /** by which the call is known when it comes again */
  fingerprint: string;
}

/** What a person decided about such a call. */
export interface CodingGrant {
  approval_id: string;
  tool: string;
  fingerprint: string;
  /** once; a refusal holds for the whole attempt */
  allowed: boolean;
  /** the person's own arguments, with which it is allowed instead; null: as it was asked for */
  edited: Record<string, unknown> | null;
}
