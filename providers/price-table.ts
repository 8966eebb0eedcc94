import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { calcPrice, type ModelPrice } from '@pydantic/genai-prices';
import type { Price } from '../contracts/money.ts';
import type { ProviderName } from '../contracts/spec.ts';
import type { PriceQuery } from '../core/prices.ts';

/** What the table calls our providers. Those left out bill nothing. */
const PROVIDER_IDS: Partial<Record<ProviderName, string>> = {
  anthropic: 'anthropic',
  openai: 'openai',
  gemini: 'google',
};

/**
 * The price of a model by the table of @pydantic/genai-prices, or null when it does not list that model.
 *
 * The table matches loosely, by prefix: a model newer than the table would get its elder's price. Only the
 * model's own name, or that name with a date, counts as known here. Where long prompts are dearer, the tier
 * is chosen by the upper bound of the prompt.
 */
export function tablePrice({ provider, model, input_tokens }: PriceQuery): Price | null {
  const providerId = PROVIDER_IDS[provider];
  if (!providerId) return null;
  const found = calcPrice({ input_tokens: 0 }, model, { providerId, timestamp: new Date() });
  if (!found || canonicalName(found.model.id) !== canonicalName(model)) return null;
  const perMillion = (key: string) => tierPrice(found.model_price, key, input_tokens);
  const input = perMillion('input_mtok');
  const output = perMillion('output_mtok');
  if (input === undefined || output === undefined) return null;
  return {
    input_usd: input,
    output_usd: output,
    cache_read_usd: perMillion('cache_read_mtok') ?? input,
    cache_write_usd: perMillion('cache_write_mtok') ?? input,
    source: `@pydantic/genai-prices ${tableVersion}`,
  };
}

/** A model's name without the date or alias of its version: `-20250929`, `-2025-08-07`, `-latest`, `-0`. */
function canonicalName(model: string): string {
  return model.replace(/(-\d{8}|-\d{4}-\d{2}-\d{2}|-latest|-0)$/, '');
}

/** USD per million tokens of one kind, in the tier of a prompt of that many tokens. */
function tierPrice(prices: ModelPrice, key: string, inputTokens: number): number | undefined {
  const price = prices[key];
  if (typeof price !== 'object') return price;
  return price.tiers.reduce(
    (chosen, tier) => (inputTokens > tier.start ? Math.max(chosen, tier.price) : chosen),
    price.base,
  );
}

/** The table carries no date of its own; the version of its package stands for it. */
const tableVersion: string = (() => {
  const entry = createRequire(import.meta.url).resolve('@pydantic/genai-prices');
  const manifest: unknown = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'));
  if (manifest !== null && typeof manifest === 'object' && 'version' in manifest)
    return String(manifest.version);
  throw new Error('@pydantic/genai-prices has no version');
})();
