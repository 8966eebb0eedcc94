import { randomUUID } from 'node:crypto';
import type OpenAI from 'openai';
import type { Block } from '../contracts/conversation.ts';
import type { Usage } from '../contracts/money.ts';
import type { Flavour } from './openai-flavours.ts';
import type { CallExtra } from './openai-params.ts';
import { toReply } from './reply.ts';
import { type ModelReply, ProviderError, type RateLimits, UNPARSED_ARGUMENTS } from './types.ts';

type Chunk = OpenAI.Chat.ChatCompletionChunk;
type CallDelta = NonNullable<Chunk['choices'][number]['delta']['tool_calls']>[number] & {
  extra_content?: unknown;
};

/** Puts an answer together from the chunks of its stream. */
export interface StreamReader {
  /** Takes a chunk; gives the text in it. */
  add(chunk: Chunk): string;
  /** The whole answer. Throws {@link ProviderError} `unknown_outcome` when it is not whole. */
  end(limits: RateLimits | undefined): ModelReply;
}

interface OpenCall {
  id: string;
  index: number | undefined;
  name: string;
  arguments: string;
  extra_content: unknown;
}

/** A reader of one answer. */
export function createStreamReader({ name, service }: Pick<Flavour, 'name' | 'service'>): StreamReader {
  const calls: OpenCall[] = [];
  let text = '';
  let refusal = '';
  let finish: string | null = null;
  let usage: OpenAI.CompletionUsage | undefined;
  return {
    add(chunk) {
      usage = chunk.usage ?? usage;
      const choice = chunk.choices?.[0];
      finish = choice?.finish_reason ?? finish;
      const { content, refusal: refused, tool_calls } = choice?.delta ?? {};
      text += content ?? '';
      refusal += refused ?? '';
      for (const delta of tool_calls ?? []) addToCall(calls, delta);
      return content ?? '';
    },
    end(limits) {
      if (finish === null) throw brokenOff(`The answer of ${service} ended before it was whole.`);
      if (!usage) throw brokenOff(`${service} did not say what its answer used, so that it can't be billed.`);
      const spoken = text || refusal;
      return toReply({
        content: [
          ...(spoken ? [{ type: 'text' as const, text: spoken }] : []),
          ...calls.flatMap((call) => toBlocks(call, name)),
        ],
        stop_reason: toStopReason(finish, refusal !== '', calls.length > 0),
        usage: toUsage(usage),
        limits,
      });
    },
  };
}

/** Gemini leaves out the index, or gives all calls the same; a new call is then known by its id or its name. */
function addToCall(calls: OpenCall[], delta: CallDelta): void {
  const { index, id, function: called } = delta;
  const open = index === undefined ? calls.at(-1) : calls.findLast((call) => call.index === index);
  const other = id ? open?.id !== id : index === undefined && Boolean(called?.name);
  const call = open && !other ? open : { id: '', index, name: '', arguments: '', extra_content: undefined };
  if (call !== open) calls.push(call);
  call.id ||= id || `call_${randomUUID()}`;
  call.name ||= called?.name ?? '';
  call.arguments += called?.arguments ?? '';
  call.extra_content = delta.extra_content ?? call.extra_content;
}

function toBlocks(call: OpenCall, provider: Flavour['name']): Block[] {
  const { id, name, extra_content } = call;
  const extra: CallExtra = { tool_use_id: id, extra_content };
  return [
    ...(extra_content ? [{ type: 'opaque' as const, provider, data: extra }] : []),
    { type: 'tool_use', id, name, input: toInput(call.arguments) },
  ];
}

function toInput(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return { ...value };
  } catch {
    // told below, like any other text that is no object
  }
  return { [UNPARSED_ARGUMENTS]: text };
}

function toStopReason(finish: string, refused: boolean, calls: boolean): ModelReply['stop_reason'] {
  if (refused || finish.startsWith('content_filter')) return 'refusal';
  if (finish === 'length') return 'max_tokens';
  // Gemini ends a turn with calls by `stop`.
  if (calls) return 'tool_use';
  return finish === 'stop' ? 'end' : 'other';
}

/** `prompt_tokens` counts the cached ones, ours does not. */
function toUsage(usage: OpenAI.CompletionUsage): Usage {
  const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details: details } = usage;
  const cache_read_tokens = details?.cached_tokens ?? 0;
  const cache_write_tokens = details?.cache_write_tokens ?? 0;
  return {
    input_tokens: Math.max(0, prompt_tokens - cache_read_tokens - cache_write_tokens),
    // Gemini bills its thinking as output, and counts it in the total only.
    output_tokens: Math.max(completion_tokens, (total_tokens ?? 0) - prompt_tokens),
    cache_read_tokens,
    cache_write_tokens,
  };
}

const brokenOff = (message: string): ProviderError => new ProviderError('unknown_outcome', message);
