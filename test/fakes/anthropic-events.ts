import type { WireUsage } from './anthropic-script.ts';

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
export function thinkingEvents(index: number, thinking: string, signature: string): object[] {
  return [
    { type: 'content_block_start', index, content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', index, delta: { type: 'thinking_delta', thinking } },
    { type: 'content_block_delta', index, delta: { type: 'signature_delta', signature } },
    { type: 'content_block_stop', index },
  ];
}

/** The events of one call of a tool; its arguments come in pieces. */
export function toolUseEvents(index: number, id: string, name: string, input: string): object[] {
  const pieces = input.match(/.{1,30}/gsu) ?? [];
  return [
    {
      type: 'content_block_start',
      index,
      content_block: { type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } },
    },
    ...pieces.map((partial_json) => ({
      type: 'content_block_delta',
      index,
      delta: { type: 'input_json_delta', partial_json },
    })),
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
