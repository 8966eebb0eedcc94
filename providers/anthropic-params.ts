import type Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type { Block } from '../contracts/conversation.ts';
import type { ModelRequest, RequestMessage } from './types.ts';

/** Marks the end of a prefix that later requests share. */
const MARK = { cache_control: { type: 'ephemeral' } } as const;

/**
 * The body of a request to the Messages API.
 *
 * Tools and system prompt come first and are marked for the cache together. Where there are tools, a next turn is to be
 * expected: then the last message is marked too, and the one of the turn before, which is where the last request
 * wrote (the API looks back 20 blocks only, less than a turn with many calls has).
 * @see https://docs.claude.com/en/docs/build-with-claude/prompt-caching
 */
export function toParams(request: ModelRequest): Anthropic.MessageCreateParamsStreaming {
  const { system, tools = [], output_schema, tool_choice } = request;
  const marked = tools.length > 0 ? turnEnds(request.messages) : [];
  return {
    model: request.model,
    max_tokens: request.max_output_tokens,
    stream: true,
    ...(system ? { system: [{ type: 'text', text: system, ...MARK }] } : {}),
    ...(tools.length > 0 ? { tools: toTools(tools, !system) } : {}),
    ...(tool_choice === 'none' && tools.length > 0 ? { tool_choice: { type: 'none' } } : {}),
    messages: request.messages.flatMap((message) => toMessage(message, marked.includes(message))),
    // The transformation is the SDK's own (helpers/zod uses it); the parsing is ours, since an answer that was
    // cut off must come back as such and not as an exception of the SDK.
    ...(output_schema
      ? { output_config: { format: { type: 'json_schema', schema: transformJSONSchema(output_schema) } } }
      : {}),
  };
}

/** The last two messages that the model answered, or is to answer. */
function turnEnds(messages: RequestMessage[]): RequestMessage[] {
  return messages
    .filter((message, index) => message.role === 'user' && messages[index + 1]?.role !== 'user')
    .slice(-2);
}

function toTools(tools: NonNullable<ModelRequest['tools']>, marked: boolean): Anthropic.Tool[] {
  return tools.map(({ name, description, input_schema }, index) => ({
    name,
    description,
    input_schema: { ...input_schema, type: 'object' },
    ...(marked && index === tools.length - 1 ? MARK : {}),
  }));
}

/** One message, or none where nothing of it is for this provider. */
function toMessage({ role, content }: RequestMessage, marked: boolean): Anthropic.MessageParam[] {
  if (typeof content === 'string' && !marked) return [{ role, content }];
  const given: Block[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const blocks = given.flatMap(toBlock);
  // Thinking that nothing follows (its answer was cut off) is refused, and serves nobody.
  const last = blocks.findLastIndex((block) => MARKABLE.includes(block.type));
  const kept = blocks.slice(0, last + 1);
  return kept.length === 0
    ? []
    : [{ role, content: kept.map((block, at) => (marked && at === last ? { ...block, ...MARK } : block)) }];
}

const MARKABLE: readonly string[] = ['text', 'tool_use', 'tool_result'];

function toBlock(block: Block): Anthropic.ContentBlockParam[] {
  switch (block.type) {
    case 'text':
      return block.text === '' ? [] : [{ type: 'text', text: block.text }];
    case 'tool_use':
      return [{ type: 'tool_use', id: block.id, name: block.name, input: block.input }];
    case 'tool_result': {
      const { tool_use_id, content, is_error } = block;
      return [{ type: 'tool_result', tool_use_id, content, ...(is_error ? { is_error } : {}) }];
    }
    case 'opaque':
      return block.provider === 'anthropic' ? [block.data as Anthropic.ContentBlockParam] : [];
  }
}
