import type { CodingAgentSettings } from '../../contracts/coding.ts';
import { factsOf } from '../../contracts/coding-drivers.ts';
import type { Price } from '../../contracts/money.ts';
import type { ProviderName } from '../../contracts/spec.ts';
import { priceOf } from '../../core/money/prices.ts';
import type { ActivityDeps } from '../deps.ts';

type Prices = Pick<ActivityDeps, 'config' | 'price_table'>;

/** What the tools and prompts of an assistant's own take, in tokens. */
export const OWN_TOKENS = 25_000;

/** What a subscription costs by the call. */
const FREE: Price = {
  input_usd: 0,
  output_usd: 0,
  cache_read_usd: 0,
  cache_write_usd: 0,
  source: 'subscription: no money is counted',
};

/** What the calls of an assistant cost; null: that is not known. */
export const assistantPrice = (
  deps: Prices,
  coding: Pick<CodingAgentSettings, 'driver' | 'provider' | 'variables' | 'billing'>,
  model: string | null,
): Price | null =>
  coding.billing === 'subscription' ? FREE : modelPrice(deps, factsOf(coding).provider, model);

/** The price of a model that an assistant asks; null: it is not known. */
export function modelPrice(
  { config, price_table }: Prices,
  provider: ProviderName,
  model: string | null,
): Price | null {
  if (model === null) return null;
  return priceOf({ provider, model, input_tokens: OWN_TOKENS }, config.prices, price_table);
}
