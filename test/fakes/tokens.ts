import { createHash } from 'node:crypto';

/** Shortest prefix that is cached, in tokens, as with most models. */
const MIN_CACHED_TOKENS = 1024;

/** Four bytes a token: near what real texts have, and exact enough to compare with a ledger. */
export const countTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4);

/** The first tokens of a text. */
export const firstTokens = (text: string, tokens: number): string =>
  Buffer.from(text)
    .subarray(0, tokens * 4)
    .toString();

/** A stretch of a prompt. */
export interface PromptPart {
  text: string;
  /** what stands up to its end is to be cached */
  marked: boolean;
}

/** What a prompt took: the three add up to all of it. */
export interface PromptTokens {
  fresh: number;
  read: number;
  written: number;
}

/** A prompt cache by prefix, for ever. */
export function createPromptCache(): (model: string, parts: PromptPart[]) => PromptTokens {
  const cached = new Set<string>();
  return (model, parts) => {
    const hash = createHash('sha256').update(model);
    let total = 0;
    let read = 0;
    let end = 0;
    for (const { text, marked } of parts) {
      hash.update(text).update('\\0');
      total += countTokens(text);
      const key = hash.copy().digest('base64');
      if (cached.has(key)) read = total;
      if (!marked || total < MIN_CACHED_TOKENS) continue;
      cached.add(key);
      end = total;
    }
    return { fresh: total - Math.max(read, end), read, written: Math.max(0, end - read) };
  };
}
