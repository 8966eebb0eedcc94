import { randomUUID } from 'node:crypto';
import type OpenAI from 'openai';
import type { Block } from '../contracts/conversation.ts';
import { PROVIDERS } from '../contracts/providers.ts';
import { toInput } from './arguments.ts';
import type { Flavour } from './openai-flavours.ts';
import type { CallExtra } from './openai-params.ts';
import { toReply } from './reply.ts';
import { type CallTally, type ModelReply, ProviderError, type RateLimits } from './types.ts';
import { readUsage } from './usage.ts';

type Chunk = OpenAI.Chat.ChatCompletionChunk;
type CallDelta = NonNullable<Chunk['choices'][number]['delta']['tool_calls']>[number] & {
  extra_content?: unknown;
};

/** Local servers stream what a model thinks, under one of two names. */
type Delta = Partial<Chunk['choices'][number]['delta']> & { reasoning_content?: string; reasoning?: string };

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
export function createStreamReader({ name }: Pick<Flavour, 'name'>, tally: CallTally): StreamReader {
  const { service } = PROVIDERS[name];
  const calls: OpenCall[] = [];
  let text = '';
  let refusal = '';
  let finish: string | null = null;
  let usage: OpenAI.CompletionUsage | undefined;
  const count = (text: string | null | undefined) => {
    tally.bytes += Buffer.byteLength(text ?? '');
    return text ?? '';
  };
  return {
    add(chunk) {
      usage = chunk.usage ?? usage;
      const choice = chunk.choices?.[0];
      finish = choice?.finish_reason ?? finish;
      const delta: Delta = choice?.delta ?? {};
      text += count(delta.content);
      refusal += count(delta.refusal);
      count(delta.reasoning_content ?? delta.reasoning);
      for (const call of delta.tool_calls ?? []) {
        count(call.function?.arguments);
        addToCall(calls, call);
      }
      return delta.content ?? '';
    },
    end(limits) {
      if (finish === null) throw brokenOff(`The answer of ${service} ended before it was whole.`);
      const spoken = text || refusal;
      return toReply({
        content: [
          ...(spoken ? [{ type: 'text' as const, text: spoken }] : []),
          ...calls.flatMap((call) => toBlocks(call, name)),
        ],
        stop_reason: toStopReason(finish, refusal !== '', calls.length > 0),
        ...toUsage(usage, tally.bytes > 0),
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

function toStopReason(finish: string, refused: boolean, calls: boolean): ModelReply['stop_reason'] {
  if (refused || finish.startsWith('content_filter')) return 'refusal';
  if (finish === 'length') return 'max_tokens';
  // Gemini ends a turn with calls by `stop`.
  if (calls) return 'tool_use';
  return finish === 'stop' ? 'end' : 'other';
}

/** `prompt_tokens` counts the cached ones, ours does not. */
const toUsage = (usage: OpenAI.CompletionUsage | undefined, answered: boolean) =>
  readUsage(usage, answered, (count) => {
    const { prompt_tokens_details: details } = usage!;
    const prompt = count('usage.prompt_tokens', usage!.prompt_tokens);
    const completion = count('usage.completion_tokens', usage!.completion_tokens);
    const total = count('usage.total_tokens', usage!.total_tokens, 0);
    const cached = 'usage.prompt_tokens_details';
    const cache_read_tokens = count(`${cached}.cached_tokens`, details?.cached_tokens, 0);
    const cache_write_tokens = count(`${cached}.cache_write_tokens`, details?.cache_write_tokens, 0);
    return {
      input_tokens: Math.max(0, prompt - cache_read_tokens - cache_write_tokens),
      // Gemini bills its thinking as output, and counts it in the total only.
      output_tokens: Math.max(completion, total - prompt),
      cache_read_tokens,
      cache_write_tokens,
    };
  });

const brokenOff = (message: string): ProviderError => new ProviderError('unknown_outcome', message);
