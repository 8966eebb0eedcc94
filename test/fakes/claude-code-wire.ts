import { z } from 'zod';
import { MessagesRequest } from './anthropic-wire.ts';

/** A block as Claude Code sends it; what it knows beyond the SDK's own is let through. */
const LooseBlock = z.looseObject({ type: z.string() });

/** Body of `POST /v1/messages` as Claude Code sends it: with betas of its own, and messages of the role `system`. */
const ClaudeCodeRequest = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  system: z.union([z.string(), z.array(LooseBlock)]).optional(),
  messages: z
    .array(
      z.strictObject({
        role: z.enum(['user', 'assistant', 'system']),
        content: z.union([z.string(), z.array(LooseBlock)]),
      }),
    )
    .min(1),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  stream: z.literal(true),
});

const KNOWN = ['text', 'tool_use', 'tool_result', 'thinking'];

/**
 * Reads it as a request of the usual form: its own system messages count as part of the prompt, and what the usual form does not
 * have is left out.
 */
export function readClaudeCode(json: unknown): MessagesRequest {
  const { model, max_tokens, system, messages, tools = [] } = ClaudeCodeRequest.parse(json);
  const plain = (content: string | z.infer<typeof LooseBlock>[]) => {
    if (typeof content === 'string') return content;
    const known = content.filter(({ type }) => KNOWN.includes(type)).map(plainBlock);
    return known.length > 0 ? known : [{ type: 'text', text: '-' }];
  };
  const spoken = messages.flatMap(({ role, content }) =>
    role === 'system' ? [] : [{ role, content: plain(content) }],
  );
  const told = messages
    .filter(({ role }) => role === 'system')
    .map(({ content }) => ({ type: 'text', text: JSON.stringify(content) }));
  const own = typeof system === 'string' ? [{ type: 'text', text: system }] : (system ?? []).map(plainBlock);
  const unmarked = ({ cache_control: _, ...block }: Record<string, unknown>) => block;
  return MessagesRequest.parse({
    ...{ model, max_tokens, stream: true },
    system: [...own, ...told].map(unmarked),
    messages: merged(spoken),
    ...(tools.length > 0 ? { tools: tools.map(plainTool) } : {}),
  });
}

function plainBlock(block: Record<string, unknown>): Record<string, unknown> {
  const { type, text, id, name, input, tool_use_id, content, is_error, thinking, signature } = block;
  const said = typeof content === 'string' ? content : JSON.stringify(content ?? '');
  if (type === 'text') return { type, text: text || '-' };
  if (type === 'tool_use') return { type, id, name, input };
  if (type === 'tool_result')
    return { type, tool_use_id, content: said, ...(is_error === undefined ? {} : { is_error }) };
  return { type, thinking, signature };
}

const plainTool = ({ name, description, input_schema }: Record<string, unknown>) => ({
  name,
  description: description ?? '',
  input_schema: input_schema ?? { type: 'object' },
});

type Spoken = { role: 'user' | 'assistant'; content: string | Record<string, unknown>[] };

/** Messages of the same role that a system message stood between are one. */
function merged(messages: Spoken[]): Spoken[] {
  const all: Spoken[] = [];
  for (const { role, content } of messages) {
    const last = all.at(-1);
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content || '-' }] : content;
    if (last?.role === role) last.content = [...(last.content as Record<string, unknown>[]), ...blocks];
    else all.push({ role, content: blocks });
  }
  return all;
}
