import { z } from 'zod';
import { NO_MESSAGE, ReplyHeaders, stepOf, ToolUse } from './script.ts';

/** Tokens as the Messages API reports them. */
export const WireUsage = z.object({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  cache_read_input_tokens: z.int().nonnegative(),
  cache_creation_input_tokens: z.int().nonnegative(),
});
export type WireUsage = z.infer<typeof WireUsage>;

/** What the fake answers to one request. */
export const Reply = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('message'),
    text: z.string().optional(),
    json: z.unknown().optional().describe('instead of text: sent as JSON'),
    thinking: z.string().optional().describe('a thinking block before the text'),
    tool_use: z.array(ToolUse).default([]).describe('calls of tools, after the text'),
    stop_reason: z
      .enum([
        'end_turn',
        'tool_use',
        'max_tokens',
        'stop_sequence',
        'refusal',
        'pause_turn',
        'model_context_window_exceeded',
      ])
      .optional()
      .describe('left out: tool_use where there are calls, else end_turn'),
    usage: WireUsage.partial().optional().describe('instead of what the fake counts'),
    pause_ms: z.int().nonnegative().default(0).describe('between two pieces of text'),
    headers: ReplyHeaders,
  }),
  ...NO_MESSAGE,
]);
export type Reply = z.infer<typeof Reply>;

/** One expected request and its answer. */
export const Step = stepOf(Reply);
export type Step = z.output<typeof Step>;
export type StepInput = z.input<typeof Step>;
