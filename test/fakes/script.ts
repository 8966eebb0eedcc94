import { z } from 'zod';

/** What a step looks at. */
export interface SeenRequest {
  model: string;
  system: string;
  /** all messages, with calls and results of tools as JSON */
  prompt: string;
  structured: boolean;
  /** messages of the model so far */
  turn: number;
  tools: string[];
}

const Expected = z.strictObject({
  model: z.string().optional(),
  system_includes: z.string().optional(),
  prompt_includes: z.union([z.string(), z.array(z.string())]).optional(),
  structured: z.boolean().optional().describe('whether an output schema is asked for'),
  turn: z.int().nonnegative().optional().describe('messages of the model in the request'),
  tools: z.array(z.string()).optional().describe('names of all tools offered, in order'),
  times: z.int().positive().default(1),
});

/** One expected request and its answer. A request is answered by the first step left that it matches. */
export const stepOf = <Reply extends z.ZodType>(reply: Reply) => Expected.extend({ reply });

/** Whether a step expects this request. */
export function matches(step: z.infer<typeof Expected>, request: SeenRequest): boolean {
  const wanted = [step.prompt_includes ?? []].flat();
  return (
    (step.model === undefined || step.model === request.model) &&
    (step.system_includes === undefined || request.system.includes(step.system_includes)) &&
    (step.structured === undefined || step.structured === request.structured) &&
    (step.turn === undefined || step.turn === request.turn) &&
    (step.tools === undefined || JSON.stringify(step.tools) === JSON.stringify(request.tools)) &&
    wanted.every((text) => request.prompt.includes(text))
  );
}

/** Headers of an answer, by their names in small letters. */
export const ReplyHeaders = z.record(z.string(), z.string()).optional();

/** What a fake answers that is no message. The same for all wire formats. */
export const NO_MESSAGE = [
  z.strictObject({
    type: z.literal('rate_limited'),
    retry_after: z.string().optional(),
    retry_after_ms: z.string().optional(),
    headers: ReplyHeaders,
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
  z.strictObject({
    type: z.literal('raw'),
    status: z.int().default(200),
    content_type: z.string().default('text/event-stream; charset=utf-8'),
    body: z.string().describe('as it is sent, whatever it is'),
  }),
] as const;

/** A call of a tool in an answer. */
export const ToolUse = z.strictObject({
  id: z.string().optional().describe('left out: one that no other call has'),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
});
export type ToolUse = z.infer<typeof ToolUse>;

/** What a fake answers that knows texts and calls of tools only. */
export const PlainReply = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('message'),
    text: z.string().optional(),
    tool_use: z.array(ToolUse).default([]),
    pause_ms: z.int().nonnegative().default(0),
  }),
  ...NO_MESSAGE,
]);
export type PlainReply = z.infer<typeof PlainReply>;
