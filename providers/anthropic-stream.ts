import type Anthropic from '@anthropic-ai/sdk';
import type { Block } from '../contracts/conversation.ts';
import { toInput } from './arguments.ts';
import { anthropicLimits } from './headers.ts';
import { toReply } from './reply.ts';
import { type CallTally, type ModelReply, ProviderError } from './types.ts';
import { readUsage } from './usage.ts';

type Event = Anthropic.RawMessageStreamEvent;
type ContentBlock = Anthropic.ContentBlock;

/** Puts an answer together from the events of its stream. The SDK's own helper closes what was cut off. */
export interface MessageReader {
  /** Takes an event; gives the text in it. */
  add(event: Event): string;
  /** The whole answer. Throws {@link ProviderError} `unknown_outcome` when it is not whole. */
  end(headers: Headers | undefined): ModelReply;
}

/** A block with the JSON that came for its `input`. */
interface OpenBlock {
  block: ContentBlock;
  json: string;
  ended: boolean;
}

/**
 * A reader of one answer.
 * @see https://docs.claude.com/en/api/messages-streaming
 */
export function createMessageReader(tally: CallTally): MessageReader {
  const blocks = new Map<number, OpenBlock>();
  let usage: Record<string, unknown> | undefined;
  let stop_reason: Anthropic.Message['stop_reason'] = null;
  let whole = false;
  const count = (text: string | undefined) => {
    tally.bytes += Buffer.byteLength(text ?? '');
    return text ?? '';
  };
  const change = (open: OpenBlock, delta: Anthropic.RawContentBlockDelta): string => {
    const { block } = open;
    if (delta.type === 'text_delta' && block.type === 'text') {
      block.text += count(delta.text);
      return delta.text;
    }
    if (delta.type === 'input_json_delta') open.json += count(delta.partial_json);
    if (block.type === 'thinking') {
      if (delta.type === 'thinking_delta') block.thinking += count(delta.thinking);
      if (delta.type === 'signature_delta') block.signature = delta.signature;
    }
    return '';
  };
  return {
    add(event) {
      switch (event.type) {
        case 'message_start':
          // what it counts of the answer there is a beginning
          usage = { ...event.message.usage, output_tokens: undefined };
          return '';
        case 'content_block_start': {
          const block = { ...event.content_block };
          blocks.set(event.index, { block, json: '', ended: false });
          // what is thought is told in part at the most, and billed in full
          if (block.type !== 'text' && block.type !== 'tool_use') tally.unseen = true;
          return block.type === 'text' ? count(block.text) : '';
        }
        case 'content_block_delta': {
          const open = blocks.get(event.index);
          return open ? change(open, event.delta) : '';
        }
        case 'content_block_stop': {
          const open = blocks.get(event.index);
          if (open) open.ended = true;
          return '';
        }
        case 'message_delta':
          stop_reason = event.delta.stop_reason ?? stop_reason;
          usage = { ...usage, ...told(event.usage) };
          return '';
        case 'message_stop':
          whole = true;
          return '';
      }
    },
    end(headers) {
      if (!whole)
        throw new ProviderError('unknown_outcome', 'The answer of Anthropic ended before it was whole.');
      const content = [...blocks.values()].map(toBlock);
      return toReply({
        content,
        stop_reason: toStopReason(stop_reason),
        ...toUsage(usage, tally.bytes > 0),
        limits: anthropicLimits(headers),
      });
    },
  };
}

/** What an event says of the usage; the rest stays as it was said before. */
const told = (usage: object | undefined): Record<string, unknown> =>
  Object.fromEntries(Object.entries(usage ?? {}).filter(([, value]) => value !== null));

/** Thinking, and whatever else the API may want back, is not ours to read. */
function toBlock({ block, json, ended }: OpenBlock): Block {
  if (block.type === 'text') return { type: 'text', text: block.text };
  if (block.type !== 'tool_use') return { type: 'opaque', provider: 'anthropic', data: block };
  const { id, name } = block;
  // some gateways give all arguments with the beginning of the block
  const given = json === '' && isFilled(block.input) ? JSON.stringify(block.input) : json;
  return { type: 'tool_use', id, name, input: toInput(given, ended) };
}

const isFilled = (input: unknown): boolean =>
  typeof input === 'object' && input !== null && Object.keys(input).length > 0;

function toStopReason(reason: Anthropic.Message['stop_reason']): ModelReply['stop_reason'] {
  if (reason === 'end_turn' || reason === 'stop_sequence') return 'end';
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'max_tokens';
  return reason === 'refusal' || reason === 'tool_use' ? reason : 'other';
}

/** The API's `input_tokens` leaves out what the cache gave or took, as ours does. */
const toUsage = (usage: Record<string, unknown> | undefined, answered: boolean) =>
  readUsage(usage, answered, (count) => ({
    input_tokens: count('usage.input_tokens', usage?.input_tokens),
    output_tokens: count('usage.output_tokens', usage?.output_tokens),
    cache_read_tokens: count('usage.cache_read_input_tokens', usage?.cache_read_input_tokens, 0),
    cache_write_tokens: count('usage.cache_creation_input_tokens', usage?.cache_creation_input_tokens, 0),
  }));
