import type Anthropic from '@anthropic-ai/sdk';
import type { Block } from '../contracts/conversation.ts';
import type { Usage } from '../contracts/money.ts';
import { anthropicLimits } from './headers.ts';
import { toReply } from './reply.ts';
import type { ModelReply } from './types.ts';

/** What a whole message of the API says. */
export function readMessage(message: Anthropic.Message, headers: Headers | undefined): ModelReply {
  return toReply({
    content: message.content.map(toBlock),
    stop_reason: toStopReason(message.stop_reason),
    usage: toUsage(message.usage),
    limits: anthropicLimits(headers),
  });
}

/** Thinking, and whatever else the API may want back, is not ours to read. */
function toBlock(block: Anthropic.ContentBlock): Block {
  if (block.type === 'text') return { type: 'text', text: block.text };
  if (block.type === 'tool_use') {
    return { type: 'tool_use', id: block.id, name: block.name, input: toInput(block.input) };
  }
  return { type: 'opaque', provider: 'anthropic', data: block };
}

const toInput = (input: unknown): Record<string, unknown> =>
  input !== null && typeof input === 'object' ? { ...input } : {};

function toStopReason(reason: Anthropic.Message['stop_reason']): ModelReply['stop_reason'] {
  if (reason === 'end_turn' || reason === 'stop_sequence') return 'end';
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'max_tokens';
  return reason === 'refusal' || reason === 'tool_use' ? reason : 'other';
}

/** The API's `input_tokens` leaves out what the cache gave or took, as ours does. */
function toUsage(usage: Anthropic.Usage): Usage {
  return {
    input_tokens: usage.input_tokens,
    output_tokens: usage.output_tokens,
    cache_read_tokens: usage.cache_read_input_tokens ?? 0,
    cache_write_tokens: usage.cache_creation_input_tokens ?? 0,
  };
}
