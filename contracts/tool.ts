import { z } from 'zod';
import type { Artifact, DependencyResult } from './artifact.ts';
import type { TracePlace } from './phase.ts';

/** What a tool call can do wrong: decides, with the agent's policy, whether a person is asked first. */
export const ToolRisk = z.enum(['low', 'medium', 'high', 'critical']).meta({ id: 'ToolRisk' });
export type ToolRisk = z.infer<typeof ToolRisk>;

/**
 * Where a tool call is carried out: `anywhere` by any worker, `host` where the job's folder lies, `workflow` by the
 * task's own workflow, because it acts on the job or waits for somebody.
 */
export type ToolPlace = 'anywhere' | 'host' | 'workflow';

/** The name of a tool, or a pattern in which `*` stands for any characters. */
export const ToolPattern = z
  .string()
  .regex(/^[a-zA-Z0-9_*-]{1,64}$/, 'the name of a tool, or a pattern with * such as server__*');

/** How a tool is described to a model. */
export const ToolDefinition = z.object({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string(),
  /** JSON schema of an object */
  input_schema: z.record(z.string(), z.unknown()),
});
export type ToolDefinition = z.infer<typeof ToolDefinition>;

/** A tool as the agent of an attempt has it: fixed when the attempt is prepared, whatever the model says later. */
export const OfferedTool = ToolDefinition.extend({
  place: z.enum(['anywhere', 'host', 'workflow']),
  risk: ToolRisk,
  /** a person decides before it runs */
  approval: z.boolean(),
});
export type OfferedTool = z.infer<typeof OfferedTool>;

/** A call that a model made. Its arguments stand in the conversation. */
export interface ToolCall {
  tool_use_id: string;
  name: string;
  place: ToolPlace;
  approval: boolean;
  /** hash of name and arguments: equal calls are told by it */
  fingerprint: string;
  /** the arguments, checked, of a tool that the workflow carries out; what a person sees of others, shortened */
  arguments: Record<string, unknown> | null;
  /** why it can't be carried out, for the agent */
  problem: string | null;
}

/** What carrying out a call takes: the call itself stands in the conversation. */
export interface ToolRequest {
  job_id: string;
  prompt_ref: string;
  conversation: string;
  tool_use_id: string;
  /** a person's own version of the arguments; null: as the model gave them */
  edited_arguments: Record<string, unknown> | null;
  /** what the task has saved so far, for tools that read it */
  artifacts: Artifact[];
  /** results that it may read besides those that the task was given */
  dependencies?: DependencyResult[];
  heartbeat_seconds: number;
  /** where it belongs in the trace of its job */
  place?: TracePlace;
}

/** How it went: never a failure of the attempt, what is wrong is said to the agent. */
export interface ToolAnswer extends ToolResult {
  artifacts: Artifact[];
}

/** What a tool said, as the agent reads it; capped, the rest is an artifact. */
export interface ToolResult {
  tool_use_id: string;
  /** content hash of the text, where it is stored */
  content_ref: string | null;
  /** the text itself, where it is short */
  text: string | null;
  /** of the text, in UTF-8 */
  bytes: number;
  is_error: boolean;
}
