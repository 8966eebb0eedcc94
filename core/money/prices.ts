import type { Price } from '../../contracts/money.ts';
import { PROVIDERS } from '../../contracts/providers.ts';
import type { ProviderName } from '../../contracts/spec.ts';

/** Prices of models, as `prices:` of the config gives them: USD per million tokens. */
export type PriceOverrides = Readonly<
  Record<
    string,
    Pick<Price, 'input_usd' | 'output_usd'> & Partial<Pick<Price, 'cache_read_usd' | 'cache_write_usd'>>
  >
>;

/** What is asked of a price table. */
export interface PriceQuery {
  provider: ProviderName;
  model: string;
  /** upper bound of the prompt: long prompts are dearer at some models */
  input_tokens: number;
}

/** A price table: USD per million tokens, or null for a model that it does not know. */
export type PriceTable = (query: PriceQuery) => Price | null;

/**
 * The price of a model: what the config says, else 0 for providers that bill nothing, else the table's; null
 * when nobody knows it. A cache price that the config leaves out is the price of fresh input: caching is then
 * taken to save nothing, and to cost nothing more.
 */
export function priceOf(query: PriceQuery, overrides: PriceOverrides, table: PriceTable): Price | null {
  const given = Object.hasOwn(overrides, query.model) ? overrides[query.model] : undefined;
  if (given) {
    return {
      input_usd: given.input_usd,
      output_usd: given.output_usd,
      cache_read_usd: given.cache_read_usd ?? given.input_usd,
      cache_write_usd: given.cache_write_usd ?? given.input_usd,
      source: 'config',
    };
  }
  if (PROVIDERS[query.provider].free) {
    return { input_usd: 0, output_usd: 0, cache_read_usd: 0, cache_write_usd: 0, source: 'free provider' };
  }
  return table(query);
}
