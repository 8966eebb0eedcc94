import type { Price, Usage } from '../../contracts/money.ts';

/**
 * To a billionth of a dollar: what all money is counted and shown in. Finer than what a token costs, and coarse
 * enough that sums of floats compare and read as people expect.
 */
export const roundUsd = (usd: number): number => Math.round(usd * 1e9) / 1e9;

/** USD that a call cost: every kind of token at its own price. */
export function callCostUsd(usage: Usage, price: Price): number {
  return perMillion(
    usage.input_tokens * price.input_usd +
      usage.output_tokens * price.output_usd +
      usage.cache_read_tokens * price.cache_read_usd +
      usage.cache_write_tokens * price.cache_write_usd,
  );
}

/** USD that so many tokens of an answer cost. */
export const outputUsd = (tokens: number, price: Price): number => perMillion(tokens * price.output_usd);

/** Whole tokens of an answer that so much money pays for; any number of them where they cost nothing. */
export function affordableTokens(usd: number, price: Price): number {
  if (usd < 0) return 0;
  return price.output_usd === 0 ? Number.POSITIVE_INFINITY : Math.floor((usd * 1_000_000) / price.output_usd);
}

/**
 * USD that a call can cost at most: every input token at the dearest of the prices that it can be billed at
 * (fresh, written to the cache, read from it), and the longest answer allowed.
 * @param inputTokens an upper bound, such as {@link maxTokensOf}
 */
export function worstCaseUsd(inputTokens: number, maxOutputTokens: number, price: Price): number {
  const dearestInput = Math.max(price.input_usd, price.cache_write_usd, price.cache_read_usd);
  return perMillion(inputTokens * dearestInput + maxOutputTokens * price.output_usd);
}

/**
 * Tokens that a text can have at most, without asking a tokenizer. The tokenizers of all providers work on
 * UTF-8 bytes, and no token is shorter than a byte; some normalize the text first (NFKC), which can lengthen
 * it, so the longer of the two counts. Real texts have three to four bytes a token: the bound is generous.
 */
export function maxTokensOf(text: string): number {
  return Math.max(utf8Bytes(text), utf8Bytes(text.normalize('NFKC')));
}

const perMillion = (usd: number): number => roundUsd(usd / 1_000_000);

/** Bytes of the UTF-8 form, counted by code point: core runs where there is no Buffer. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code < 0x10000) bytes += 3;
    else bytes += 4;
  }
  return bytes;
}
