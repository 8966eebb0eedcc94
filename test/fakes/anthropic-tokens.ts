import type { WireUsage } from './anthropic-script.ts';
import type { MessagesRequest } from './anthropic-wire.ts';

/** Shortest prefix that is cached, in tokens, as with most models. */
const LEAST_CACHED_TOKENS = 1024;

/** Four bytes a token: near what real texts have, and exact enough to compare with a ledger. */
export const countTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4);

/** The first tokens of a text. */
export const firstTokens = (text: string, tokens: number): string =>
  Buffer.from(text)
    .subarray(0, tokens * 4)
    .toString();

/** Counts what requests take in, with a prompt cache that remembers marked system prompts. */
export function createTokenCounter(): (body: MessagesRequest) => WireUsage {
  const cached = new Set<string>();
  return (body) => {
    const { cacheable, rest } = split(body);
    const prefix = countTokens(cacheable);
    const usage: WireUsage = {
      input_tokens: countTokens(rest),
      output_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    };
    if (prefix < LEAST_CACHED_TOKENS) return { ...usage, input_tokens: usage.input_tokens + prefix };
    const key = `${body.model}\n${cacheable}`;
    if (cached.has(key)) return { ...usage, cache_read_input_tokens: prefix };
    cached.add(key);
    return { ...usage, cache_creation_input_tokens: prefix };
  };
}

/** What stands up to the last mark in the system prompt, and all else. */
function split(body: MessagesRequest): { cacheable: string; rest: string } {
  const blocks = typeof body.system === 'string' ? [{ text: body.system }] : (body.system ?? []);
  const last = blocks.findLastIndex((block) => 'cache_control' in block && block.cache_control);
  const textOf = (from: number, to: number) => blocks.slice(from, to).map((block) => block.text);
  const messages = JSON.stringify([body.messages, body.output_config ?? null]);
  return {
    cacheable: textOf(0, last + 1).join('\n'),
    rest: [...textOf(last + 1, blocks.length), messages].join('\n'),
  };
}
