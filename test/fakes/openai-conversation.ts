import type { ChatMessage, ChatRequest, OpenAiFlavour } from './openai-wire.ts';

/** Checks conversations with tools as the services do, with what the fake said itself. */
export interface ConversationCheck {
  /** Throws an Error that says what the service would refuse. */
  check(body: ChatRequest): void;
  /** Makes the signature of a call; it must come back with the call. */
  sign(tool_use_id: string): string;
}

/** @see https://ai.google.dev/gemini-api/docs/thought-signatures for the signatures */
export function createConversationCheck(flavour: OpenAiFlavour): ConversationCheck {
  const signatures = new Map<string, string>();
  return {
    sign(id) {
      const signature = `thought-${signatures.size + 1}`;
      signatures.set(id, signature);
      return signature;
    },
    check({ messages, tools = [], response_format }) {
      checkOrder(messages);
      for (const call of messages.flatMap(callsOf)) {
        const signature = call.extra_content?.google.thought_signature;
        if (signature !== signatures.get(call.id))
          throw new Error(`the call ${call.id} must come back with its thought_signature, or without`);
        const value: unknown = JSON.parse(call.function.arguments);
        if (value === null || typeof value !== 'object' || Array.isArray(value))
          throw new Error(`the arguments of ${call.id} must be an object`);
      }
      const names = tools.map((tool) => tool.function.name);
      if (new Set(names).size < names.length) throw new Error('names of tools must be unique');
      if (flavour === 'gemini') {
        for (const tool of tools) checkGeminiSchema(tool.function.parameters, tool.function.name);
        if (response_format) checkGeminiSchema(response_format.json_schema.schema, 'response_format');
      }
      const format = response_format?.json_schema;
      if (format?.strict === true) checkStrictSchema(format.schema, 'schema');
    },
  };
}

function checkOrder(messages: ChatMessage[]): void {
  const seen = new Set<string>();
  let open: string[] = [];
  messages.forEach((message, index) => {
    if (message.role === 'system' && index > 0) throw new Error('the system message must be the first');
    if (message.role === 'tool') {
      if (!open.includes(message.tool_call_id))
        throw new Error(`messages[${index}]: no preceding message has the tool call ${message.tool_call_id}`);
      open = open.filter((id) => id !== message.tool_call_id);
      return;
    }
    if (open.length > 0) throw new Error(`messages[${index}]: tool calls without a response: ${open}`);
    open = callsOf(message).map((call) => call.id);
    for (const id of open) {
      if (seen.has(id)) throw new Error(`messages[${index}]: the tool call id ${id} is listed twice`);
      seen.add(id);
    }
    if (message.role === 'assistant' && message.content === null && open.length === 0)
      throw new Error(`messages[${index}]: neither content nor tool calls`);
  });
  if (open.length > 0) throw new Error(`tool calls without a response: ${open}`);
  if (messages.at(-1)?.role === 'assistant') throw new Error('the last message must not be the assistant’s');
}

const callsOf = (message: ChatMessage) => (message.role === 'assistant' ? (message.tool_calls ?? []) : []);

/** @see https://ai.google.dev/api/caching#Schema */
const GEMINI_KEYWORDS = new Set([
  ...[
    'type',
    'format',
    'title',
    'description',
    'nullable',
    'enum',
    'items',
    'properties',
    'required',
    'anyOf',
  ],
  ...['minItems', 'maxItems', 'minLength', 'maxLength', 'pattern', 'minimum', 'maximum'],
]);

function checkGeminiSchema(schema: unknown, path: string): void {
  for (const [key, value] of fieldsOf(schema)) {
    if (!GEMINI_KEYWORDS.has(key)) throw new Error(`Unknown name "${key}" at '${path}': Cannot find field.`);
    if (key === 'type' && typeof value !== 'string') throw new Error(`Invalid type at '${path}'`);
    if (key === 'items') checkGeminiSchema(value, `${path}.items`);
    if (key === 'properties') {
      for (const [name, inner] of fieldsOf(value)) checkGeminiSchema(inner, `${path}.${name}`);
    }
    if (key === 'anyOf' && Array.isArray(value))
      for (const inner of value) checkGeminiSchema(inner, `${path}.anyOf`);
  }
}

/** @see https://platform.openai.com/docs/guides/structured-outputs#supported-schemas */
function checkStrictSchema(schema: unknown, path: string): void {
  const fields = new Map(fieldsOf(schema));
  const properties = fieldsOf(fields.get('properties'));
  if (fields.get('type') === 'object') {
    if (fields.get('additionalProperties') !== false)
      throw new Error(`${path}: 'additionalProperties' is required to be supplied and to be false`);
    const required = fields.get('required');
    const missing = properties.filter(([name]) => !(Array.isArray(required) && required.includes(name)));
    if (missing.length > 0)
      throw new Error(`${path}: 'required' must hold every key: ${missing.map(([name]) => name)}`);
  }
  for (const [name, inner] of [...properties, ...fieldsOf(fields.get('$defs'))])
    checkStrictSchema(inner, `${path}.${name}`);
  for (const key of ['items', 'anyOf'])
    for (const inner of [fields.get(key) ?? []].flat()) checkStrictSchema(inner, `${path}.${key}`);
}

const fieldsOf = (value: unknown): [string, unknown][] =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : [];
