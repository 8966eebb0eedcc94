import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ModelPrice } from '@pydantic/genai-prices';
import type { Price } from '../contracts/money.ts';
import type { PriceQuery } from '../core/money/prices.ts';
import { knownModel } from './known-model.ts';

/**
 * The price of a model by the table of @pydantic/genai-prices, or null when it does not list that model. Where long
 * prompts are dearer, the tier is chosen by the upper bound of the prompt.
 */
export function tablePrice({ provider, model, input_tokens }: PriceQuery): Price | null {
  const found = knownModel(provider, model);
  if (!found) return null;
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
