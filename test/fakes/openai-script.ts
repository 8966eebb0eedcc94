import { z } from 'zod';
import { NO_MESSAGE, ReplyHeaders, stepOf, ToolUse } from './script.ts';

/** Tokens as chat completions report them; `prompt_tokens` holds the cached ones too. */
export const WireUsage = z.object({
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative(),
  total_tokens: z.int().nonnegative(),
  prompt_tokens_details: z.object({
    cached_tokens: z.int().nonnegative(),
    cache_write_tokens: z.int().nonnegative().optional(),
  }),
});
export type WireUsage = z.infer<typeof WireUsage>;

/** What the fake answers to one request. */
export const Reply = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('message'),
    text: z.string().optional(),
    json: z.unknown().optional().describe('instead of text: sent as JSON'),
    refusal: z.string().optional(),
    tool_use: z.array(ToolUse).default([]).describe('calls of tools, after the text'),
    raw_arguments: z.string().optional().describe('of the first call, instead of its input'),
    finish_reason: z
      .enum(['stop', 'length', 'tool_calls', 'content_filter'])
      .optional()
      .describe('left out: what goes with the answer'),
    usage: WireUsage.partial().optional().describe('instead of what the fake counts'),
    leave_out: z.enum(['finish_reason', 'usage']).optional().describe('what a broken service forgets'),
    pause_ms: z.int().nonnegative().default(0).describe('between two pieces of text'),
    headers: ReplyHeaders,
  }),
  z.strictObject({
    type: z.literal('raw_error'),
    status: z.int(),
    body: z.unknown().describe('as it is sent'),
  }),
  ...NO_MESSAGE,
]);
export type Reply = z.infer<typeof Reply>;

/** One expected request and its answer. */
export const Step = stepOf(Reply);
export type Step = z.output<typeof Step>;
export type StepInput = z.input<typeof Step>;
