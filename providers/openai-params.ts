import type OpenAI from 'openai';
import { toStrictJsonSchema } from 'openai/lib/transform';
import type { Block } from '../contracts/conversation.ts';
import type { Flavour } from './openai-flavours.ts';
import type { ModelRequest, RequestMessage } from './types.ts';

type Params = OpenAI.Chat.ChatCompletionCreateParamsStreaming;
type MessageParam = OpenAI.Chat.ChatCompletionMessageParam;
type ToolCallParam = OpenAI.Chat.ChatCompletionMessageFunctionToolCall & { extra_content?: unknown };

/** What Gemini wants back with a call: the signature of the thinking behind it. */
export interface CallExtra {
  tool_use_id: string;
  extra_content: unknown;
}

/**
 * The body of a request to the chat completions API. System prompt and tools come first and stay as they are, so that
 * the services' own caching of prefixes works; it needs no marks.
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */
export function toParams(
  request: ModelRequest,
  flavour: Flavour,
  /** whether the service is asked to tell the usage */
  { usage }: { usage: boolean },
): Params {
  const { system, tools = [], output_schema, tool_choice } = request;
  return {
    model: request.model,
    messages: [
      ...(system ? [{ role: 'system' as const, content: system }] : []),
      ...request.messages.flatMap((message) => toMessages(message, flavour.name)),
    ],
    [flavour.max_tokens_field]: request.max_output_tokens,
    stream: true,
    ...(usage ? { stream_options: { include_usage: true } } : {}),
    ...(tools.length > 0
      ? {
          tools: tools.map(({ name, description, input_schema }) => ({
            type: 'function' as const,
            function: { name, description, parameters: flavour.toSchema(input_schema) },
          })),
        }
      : {}),
    ...(tool_choice === 'none' && tools.length > 0 ? { tool_choice } : {}),
    ...(output_schema ? { response_format: toResponseFormat(output_schema, flavour) } : {}),
  };
}

/** Results of tools are messages of their own here, right after the message with the calls. */
function toMessages({ role, content }: RequestMessage, provider: Flavour['name']): MessageParam[] {
  if (typeof content === 'string') return [{ role, content }];
  const text = content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
  if (role === 'user') {
    const results = content.flatMap(toResult);
    return [...results, ...(text ? [{ role, content: text }] : [])];
  }
  const extras = content.flatMap((block) => extraOf(block, provider));
  const tool_calls = content.flatMap((block) => toCall(block, extras));
  if (tool_calls.length > 0) return [{ role, content: text || null, tool_calls }];
  return text ? [{ role, content: text }] : [];
}

function toResult(block: Block): MessageParam[] {
  if (block.type !== 'tool_result') return [];
  const { tool_use_id, content, is_error } = block;
  // The wire format has no mark for failures.
  return [{ role: 'tool', tool_call_id: tool_use_id, content: is_error ? `Error: ${content}` : content }];
}

function toCall(block: Block, extras: CallExtra[]): ToolCallParam[] {
  if (block.type !== 'tool_use') return [];
  const { id, name, input } = block;
  const extra = extras.find((candidate) => candidate.tool_use_id === id);
  return [
    {
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(input) },
      ...(extra ? { extra_content: extra.extra_content } : {}),
    },
  ];
}

function extraOf(block: Block, provider: Flavour['name']): CallExtra[] {
  return block.type === 'opaque' && block.provider === provider ? [block.data as CallExtra] : [];
}

function toResponseFormat(schema: Record<string, unknown>, flavour: Flavour): Params['response_format'] {
  const asked = flavour.toSchema(schema);
  const strict = flavour.strict ? toStrict(asked) : null;
  return {
    type: 'json_schema',
    json_schema: {
      name: 'answer',
      schema: strict ?? asked,
      ...(flavour.strict ? { strict: strict !== null } : {}),
    },
  };
}

/** Null for a schema that strict mode can't keep, one with optional fields for example: it is then only asked for. */
function toStrict(schema: Record<string, unknown>): Record<string, unknown> | null {
  try {
    return { ...toStrictJsonSchema(schema) };
  } catch {
    return null;
  }
}
