import { z } from 'zod';
import type { SeenRequest } from './script.ts';

const cache_control = z
  .strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
  .optional();
const TextBlock = z.strictObject({ type: z.literal('text'), text: z.string().min(1), cache_control });
const ToolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);

const MessageBlock = z.discriminatedUnion('type', [
  TextBlock,
  z.strictObject({
    type: z.literal('tool_use'),
    id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
    name: ToolName,
    input: z.record(z.string(), z.unknown()),
    cache_control,
  }),
  z.strictObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.string().optional(),
    is_error: z.boolean().optional(),
    cache_control,
  }),
  z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().min(1) }),
]);
export type MessageBlock = z.infer<typeof MessageBlock>;

const Content = z.union([z.string().min(1), z.array(MessageBlock).min(1)]);

/** Which blocks may stand in whose message. */
const ALLOWED = { user: ['text', 'tool_result'], assistant: ['text', 'tool_use', 'thinking'] };

const Message = z
  .strictObject({ role: z.enum(['user', 'assistant']), content: Content })
  .refine(
    ({ role, content }) =>
      typeof content === 'string' || content.every((block) => ALLOWED[role].includes(block.type)),
    'blocks that cannot stand in a message of this role',
  );

const Tool = z.strictObject({
  name: ToolName,
  description: z.string(),
  input_schema: z.looseObject({ type: z.literal('object') }),
  cache_control,
});

/** Body of `POST /v1/messages`, as far as this project may use it. Unknown fields are refused, as by the API. */
export const MessagesRequest = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  system: z.union([z.string(), z.array(TextBlock)]).optional(),
  messages: z
    .array(Message)
    .min(1)
    .refine((messages) => messages[0]?.role === 'user', 'first message must use the "user" role'),
  tools: z
    .array(Tool)
    .min(1)
    .refine((tools) => new Set(tools.map((tool) => tool.name)).size === tools.length, 'names must be unique')
    .optional(),
  tool_choice: z.strictObject({ type: z.enum(['auto', 'none']) }).optional(),
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
    turn: body.messages.filter((message) => message.role === 'assistant').length,
    tools: (body.tools ?? []).map((tool) => tool.name),
  };
}

const textOf = (content: string | MessageBlock[]): string =>
  typeof content === 'string' ? content : content.map(textOfBlock).join('\n');

const textOfBlock = (block: MessageBlock): string =>
  block.type === 'text' ? block.text : JSON.stringify(block);

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
