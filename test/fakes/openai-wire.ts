import { z } from 'zod';
import type { WireUsage } from './openai-script.ts';
import type { SeenRequest } from './script.ts';

/** The services whose dialects of the wire format the fake speaks. */
export type OpenAiFlavour = 'openai' | 'gemini' | 'ollama';

const Text = z.string().min(1);

const ToolCall = z.strictObject({
  id: Text,
  type: z.literal('function'),
  function: z.strictObject({ name: Text, arguments: z.string() }),
  extra_content: z
    .strictObject({ google: z.strictObject({ thought_signature: Text }) })
    .optional()
    .describe('Gemini only'),
});

const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: Text }),
  z.strictObject({ role: z.literal('user'), content: Text }),
  z.strictObject({
    role: z.literal('assistant'),
    content: Text.nullable(),
    tool_calls: z.array(ToolCall).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: Text, content: z.string() }),
]);
export type ChatMessage = z.infer<typeof Message>;

const Tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string(),
    parameters: z.looseObject({ type: z.literal('object') }),
  }),
});

const shared = {
  model: Text,
  messages: z.array(Message).min(1),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
  tools: z.array(Tool).min(1).optional(),
  tool_choice: z.enum(['auto', 'none']).optional(),
};

const format = (json_schema: z.ZodObject) =>
  z.strictObject({ type: z.literal('json_schema'), json_schema }).optional();
const schema = z.looseObject({ type: z.literal('object') });

/** The same of a server that refuses to be asked for the usage. */
export const withoutUsageOption = (request: z.ZodObject): z.ZodObject =>
  request.omit({ stream_options: true });

/** Body of `POST .../chat/completions` by service. Unknown fields are refused. */
export const ChatRequest = {
  openai: z.strictObject({
    ...shared,
    max_completion_tokens: z.int().positive(),
    response_format: format(z.strictObject({ name: Text, schema, strict: z.boolean() })),
  }),
  gemini: z.strictObject({
    ...shared,
    max_tokens: z.int().positive(),
    response_format: format(z.strictObject({ name: Text, schema })),
  }),
  ollama: z.strictObject({
    ...shared,
    max_tokens: z.int().positive(),
    response_format: format(z.strictObject({ name: Text, schema })),
  }),
} satisfies Record<OpenAiFlavour, z.ZodObject>;
export type ChatRequest = z.infer<(typeof ChatRequest)[OpenAiFlavour]>;

/** What steps match against. */
export function toSeen(body: ChatRequest): SeenRequest {
  const system = body.messages.flatMap((message) => (message.role === 'system' ? [message.content] : []));
  const prompt = body.messages.filter((message) => message.role !== 'system').map(textOf);
  return {
    model: body.model,
    system: system.join('\n'),
    prompt: prompt.join('\n'),
    structured: body.response_format !== undefined,
    turn: body.messages.filter((message) => message.role === 'assistant').length,
    tools: (body.tools ?? []).map((tool) => tool.function.name),
  };
}

const textOf = (message: ChatMessage): string =>
  message.role === 'user' ? message.content : JSON.stringify(message);

/** How many tokens the answer may have. */
export const maxTokensOf = (body: ChatRequest): number =>
  'max_tokens' in body ? body.max_tokens : body.max_completion_tokens;

/** One chunk of a stream. */
export const chunk = (model: string, delta: object, finish_reason: string | null = null): object => ({
  ...base(model),
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  usage: null,
});

/** The last chunk, which tells the usage. */
export const usageChunk = (model: string, usage: WireUsage): object => ({
  ...base(model),
  choices: [],
  usage,
});

const base = (model: string): object => ({
  id: 'chatcmpl-fake',
  object: 'chat.completion.chunk',
  created: 1_750_000_000,
  model,
  service_tier: 'default',
  system_fingerprint: null,
});

/** One server-sent event. */
export const sse = (data: object | '[DONE]'): string =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;

/** Body of an error as the service words it. */
export function errorBody(flavour: OpenAiFlavour, status: number, type: string, message: string): object {
  if (flavour === 'gemini') return [{ error: { code: status, message, status: type.toUpperCase() } }];
  return { error: { message, type, param: null, code: null } };
}
