import { calcPrice, type PriceCalculation } from '@pydantic/genai-prices';
import { PROVIDERS } from '../contracts/providers.ts';
import type { ProviderName } from '../contracts/spec.ts';

/**
 * What the table of @pydantic/genai-prices holds on a model, or null when it does not list it.
 *
 * The table matches loosely, by prefix: a model newer than the table would pass for its elder. Only the
 * model's own name, or that name with a date, counts as known here.
 */
export function knownModel(provider: ProviderName, model: string): PriceCalculation | null {
  const providerId = PROVIDERS[provider].price_table;
  if (providerId === null) return null;
  const found = calcPrice({ input_tokens: 0 }, model, { providerId, timestamp: new Date() });
  return found && canonicalName(found.model.id) === canonicalName(model) ? found : null;
}

/** A model's name without the date or alias of its version: `-20250929`, `-2025-08-07`, `-latest`, `-0`. */
function canonicalName(model: string): string {
  return model.replace(/(-\d{8}|-\d{4}-\d{2}-\d{2}|-latest|-0)$/, '');
}
