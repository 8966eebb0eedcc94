import { z } from 'zod';
import { ProviderName } from './spec.ts';

/**
 * A piece of a message between an agent and its tools. `opaque` is what a provider wants back unchanged in the next
 * turn (thinking, signatures); other providers leave it out.
 */
export const Block = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: z.record(z.string(), z.unknown()),
  }),
  z.object({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.string(),
    is_error: z.boolean(),
  }),
  z.object({ type: z.literal('opaque'), provider: ProviderName, data: z.unknown() }),
]);
export type Block = z.infer<typeof Block>;

/** A message of a conversation. Results of tools are a user's message, before any text of it. */
export const Message = z.object({ role: z.enum(['user', 'assistant']), content: z.array(Block).min(1) });
export type Message = z.infer<typeof Message>;

/**
 * A stretch of a conversation, stored by content hash. A conversation is the hash of its last segment; each turn adds
 * one, so that nothing is copied. `summary_of` names the conversation that a compacted one goes on from: what came
 * before is no longer sent, and stays readable.
 */
export const Segment = z.object({
  previous: z.string().nullable(),
  summary_of: z.string().nullable(),
  messages: z.array(Message),
});
export type Segment = z.infer<typeof Segment>;
