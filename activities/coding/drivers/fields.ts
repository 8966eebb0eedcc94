import type { Usage } from '../../../contracts/money.ts';

/** More tokens than any call has: what says more is not believed. */
const MOST_TOKENS = 1_000_000_000;

/** A value as an object whose fields may be looked at; an empty one where it is none. */
export const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A number of tokens; 0 where it can't be one. */
export const tokens = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MOST_TOKENS
    ? (value as number)
    : 0;

export const usageOf = (input: unknown, output: unknown, read: unknown, written: unknown): Usage => ({
  input_tokens: tokens(input),
  output_tokens: tokens(output),
  cache_read_tokens: tokens(read),
  cache_write_tokens: tokens(written),
});

const MOST_IDS = 100_000;

/** Says of each id whether it comes for the first time; after very many, none does. */
export function createFirstTime(): (id: string) => boolean {
  const seen = new Set<string>();
  return (id) => {
    if (seen.has(id) || seen.size >= MOST_IDS) return false;
    seen.add(id);
    return true;
  };
}
