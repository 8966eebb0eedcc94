import { z } from 'zod';

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
    stop_reason: z
      .enum([
        'end_turn',
        'max_tokens',
        'stop_sequence',
        'refusal',
        'pause_turn',
        'model_context_window_exceeded',
      ])
      .default('end_turn'),
    usage: WireUsage.partial().optional().describe('instead of what the fake counts'),
    pause_ms: z.int().nonnegative().default(0).describe('between two pieces of text'),
  }),
  z.strictObject({
    type: z.literal('rate_limited'),
    retry_after: z.string().optional(),
    retry_after_ms: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('overloaded'),
    retry_after: z.string().optional(),
    after_text: z.string().optional().describe('as an event in the stream, after this text'),
  }),
  z.strictObject({ type: z.literal('error'), status: z.int(), error_type: z.string(), message: z.string() }),
  z.strictObject({
    type: z.literal('hang'),
    after_text: z.string().optional().describe('left out: not even headers are sent'),
  }),
  z.strictObject({
    type: z.literal('reset'),
    after_text: z.string().optional().describe('left out: the connection is closed before any header'),
  }),
]);
export type Reply = z.infer<typeof Reply>;

/** One expected request and its answer. A request is answered by the first step left that it matches. */
export const Step = z.strictObject({
  model: z.string().optional(),
  system_includes: z.string().optional(),
  prompt_includes: z.union([z.string(), z.array(z.string())]).optional(),
  structured: z.boolean().optional().describe('whether an output schema is asked for'),
  times: z.int().positive().default(1),
  reply: Reply,
});
export type Step = z.output<typeof Step>;
export type StepInput = z.input<typeof Step>;

/** What a step looks at. */
export interface SeenRequest {
  model: string;
  system: string;
  prompt: string;
  structured: boolean;
}

/** Whether a step expects this request. */
export function matches(step: Step, request: SeenRequest): boolean {
  const wanted = [step.prompt_includes ?? []].flat();
  return (
    (step.model === undefined || step.model === request.model) &&
    (step.system_includes === undefined || request.system.includes(step.system_includes)) &&
    (step.structured === undefined || step.structured === request.structured) &&
    wanted.every((text) => request.prompt.includes(text))
  );
}
