import { z } from 'zod';
import type { AttemptRequest } from '../../../contracts/attempt.ts';
import type { CodingAgentSettings } from '../../../contracts/coding.ts';
import { CallPurpose } from '../../../contracts/money.ts';
import { Criterion } from '../../../contracts/plan.ts';
import type { CarryTrimmed } from '../../../contracts/prepared-call.ts';
import { OfferedTool } from '../../../contracts/tool.ts';
import type { Store } from '../../../store/index.ts';

/** What a prompt says, before a model and its limits are chosen. */
export interface PromptText {
  /** the same for all calls of this purpose and agent, so that the provider can cache it */
  system: string;
  messages: { role: 'user'; content: string }[];
  /** JSON schema of the answer; left out where free text is wanted */
  output_schema?: Record<string, unknown>;
  /** criteria that the answer adds to or judges */
  criteria?: Criterion[];
  /** constraints that the answer adds to */
  constraints?: string[];
  /** how a plan is to be answered; left out: as tasks */
  plan_form?: 'steps';
  /** what did not fit into the carry */
  carry_trimmed?: CarryTrimmed;
}

/** A prompt as it is stored: all that is needed to make the call and to read its answer. */
export const StoredPrompt = z.object({
  purpose: CallPurpose,
  system: z.string(),
  messages: z.array(z.object({ role: z.literal('user'), content: z.string() })).min(1),
  output_schema: z.record(z.string(), z.unknown()).optional(),
  criteria: z.array(Criterion).optional(),
  constraints: z.array(z.string()).optional(),
  plan_form: z.literal('steps').optional(),
  tools: z.array(OfferedTool).default([]),
  /** the attempt that an agent's turns belong to */
  request: z.custom<AttemptRequest>().optional(),
  /** the coding assistant that it is for */
  coding: z.custom<CodingAgentSettings>().optional(),
});
export type StoredPrompt = z.infer<typeof StoredPrompt>;

/** The prompt of a call, as it was prepared. Throws a `not_found` problem when it is gone. */
export async function readPrompt(store: Pick<Store, 'getContent'>, ref: string): Promise<StoredPrompt> {
  return StoredPrompt.parse(JSON.parse((await store.getContent(ref)).toString('utf8')));
}

/** The JSON schema of a zod schema, as models are given it. */
export function toOutputSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { reused: 'ref' });
  return jsonSchema;
}
