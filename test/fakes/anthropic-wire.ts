import { z } from 'zod';
import type { SeenRequest, WireUsage } from './anthropic-script.ts';

const TextBlock = z.strictObject({
  type: z.literal('text'),
  text: z.string().min(1),
  cache_control: z
    .strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
    .optional(),
});
const Content = z.union([z.string().min(1), z.array(TextBlock).min(1)]);

/** Body of `POST /v1/messages`, as far as this project may use it. Unknown fields are refused, as by the API. */
export const MessagesRequest = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  system: z.union([z.string(), z.array(TextBlock)]).optional(),
  messages: z
    .array(z.strictObject({ role: z.enum(['user', 'assistant']), content: Content }))
    .min(1)
    .refine((messages) => messages[0]?.role === 'user', 'first message must use the "user" role'),
  stream: z.literal(true),
  output_config: z
    .strictObject({
      format: z.strictObject({
        type: z.literal('json_schema'),
        schema: z.record(z.string(), z.unknown()).superRefine((schema, context) => {
          for (const issue of schemaIssues(schema, 'schema'))
            context.addIssue({ code: 'custom', message: issue });
        }),
      }),
    })
    .optional(),
});
export type MessagesRequest = z.infer<typeof MessagesRequest>;

/** What steps match against. */
export function toSeen(body: MessagesRequest): SeenRequest {
  return {
    model: body.model,
    system: textOf(body.system ?? ''),
    prompt: body.messages.map((message) => textOf(message.content)).join('\n'),
    structured: body.output_config !== undefined,
  };
}

/** Fields of usage that a plain call leaves empty. */
const NO_DETAILS = {
  cache_creation: null,
  inference_geo: null,
  output_tokens_details: null,
  server_tool_use: null,
  speed: null,
};

/** The events of a stream before any text. */
export function openingEvents(input: { id: string; model: string; usage: WireUsage }): object[] {
  return [
    {
      type: 'message_start',
      message: {
        id: input.id,
        type: 'message',
        role: 'assistant',
        model: input.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        stop_details: null,
        container: null,
        diagnostics: null,
        usage: { ...NO_DETAILS, ...input.usage, output_tokens: 1, service_tier: 'standard' },
      },
    },
    { type: 'ping' },
  ];
}

/** The events of one thinking block. */
export function thinkingEvents(index: number, thinking: string): object[] {
  return [
    { type: 'content_block_start', index, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', index, delta: { type: 'thinking_delta', thinking } },
    { type: 'content_block_delta', index, delta: { type: 'signature_delta', signature: 'c2lnbmVk' } },
    { type: 'content_block_stop', index },
  ];
}

export const textStart = (index: number): object => ({
  type: 'content_block_start',
  index,
  content_block: { type: 'text', text: '', citations: null },
});

export const textDelta = (index: number, text: string): object => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text },
});

export const blockStop = (index: number): object => ({ type: 'content_block_stop', index });

/** The events that end a whole message. */
export function closingEvents(stop_reason: string, usage: WireUsage): object[] {
  const stop_details =
    stop_reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null;
  return [
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence: null, stop_details, container: null },
      usage: { server_tool_use: null, output_tokens_details: null, ...usage },
    },
    { type: 'message_stop' },
  ];
}

/** Body of every error, and data of the event `error`. */
export const errorBody = (type: string, message: string): object => ({
  type: 'error',
  error: { type, message },
  request_id: 'req_fake',
});

/** One server-sent event; its name is the `type` of its data. */
export const sse = (data: object & { type?: string }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

const textOf = (content: z.infer<typeof Content> | string | z.infer<typeof TextBlock>[]): string =>
  typeof content === 'string' ? content : content.map((block) => block.text).join('\n');

/**
 * What structured outputs refuse in a JSON schema.
 * @see https://docs.claude.com/en/docs/build-with-claude/structured-outputs#json-schema-limitations
 */
function schemaIssues(schema: unknown, path: string): string[] {
  if (Array.isArray(schema)) return schema.flatMap((item, index) => schemaIssues(item, `${path}.${index}`));
  if (schema === null || typeof schema !== 'object') return [];
  const fields = new Map(Object.entries(schema));
  const issues = REFUSED_KEYWORDS.filter((keyword) => fields.has(keyword)).map(
    (keyword) => `${path}: '${keyword}' is not supported`,
  );
  if (fields.get('type') === 'object' && fields.get('additionalProperties') !== false) {
    issues.push(`${path}: 'additionalProperties' must be explicitly set to false`);
  }
  const named = ['properties', '$defs'].flatMap((key) => Object.entries(fields.get(key) ?? {}));
  return [
    ...issues,
    ...named.flatMap(([name, inner]) => schemaIssues(inner, `${path}.${name}`)),
    ...['items', 'anyOf', 'allOf'].flatMap((key) => schemaIssues(fields.get(key), `${path}.${key}`)),
  ];
}

const REFUSED_KEYWORDS = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'oneOf',
  'propertyNames',
];
