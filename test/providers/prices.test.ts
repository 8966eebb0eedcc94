import { expect, test } from 'vitest';
import { Config } from '../../contracts/config.ts';
import { callCostUsd, maxTokensOf, worstCaseUsd } from '../../core/money/cost.ts';
import { priceOf } from '../../core/money/prices.ts';
import { tablePrice } from '../../providers/price-table.ts';
import { createProviders } from '../../providers/registry.ts';

const ask = (model: string, input_tokens = 1000, provider: 'anthropic' | 'openai' | 'ollama' = 'anthropic') =>
  tablePrice({ provider, model, input_tokens });

test('the table knows the default model, and says where its prices are from', () => {
  const { default_model } = createProviders({}, Config.parse({})).anthropic;
  expect(ask(default_model!)).toMatchObject({
    source: expect.stringMatching(/^@pydantic\/genai-prices \d+\.\d+\.\d+$/),
  });
});

test('a dated name has the price of its model; a newer model has not the price of its elder', () => {
  expect(ask('claude-haiku-4-5-20251001')).toEqual(ask('claude-haiku-4-5'));
  expect(ask('claude-haiku-4-5')).toMatchObject({ input_usd: 1, output_usd: 5, cache_read_usd: 0.1 });
  expect(ask('claude-sonnet-5-5')).toBeNull();
  expect(ask('claude-sonnet-5')).not.toBeNull();
  expect(ask('no-such-model')).toBeNull();
});

test('a long prompt takes the dearer tier where there is one', () => {
  expect(ask('claude-sonnet-4-5', 200_000)).toMatchObject({ input_usd: 3, output_usd: 15 });
  expect(ask('claude-sonnet-4-5', 200_001)).toMatchObject({ input_usd: 6, output_usd: 22.5 });
});

test('the config wins over the table, and free providers cost nothing', () => {
  const query = { provider: 'anthropic', model: 'claude-haiku-4-5', input_tokens: 1 } as const;
  const own = { 'claude-haiku-4-5': { input_usd: 9, output_usd: 9, cache_read_usd: 1 } };
  expect(priceOf(query, own, tablePrice)).toEqual({
    input_usd: 9,
    output_usd: 9,
    cache_read_usd: 1,
    cache_write_usd: 9,
    source: 'config',
  });
  expect(priceOf(query, {}, tablePrice)).toMatchObject({ input_usd: 1 });
  expect(priceOf({ ...query, provider: 'ollama', model: 'x' }, {}, tablePrice)).toMatchObject({
    output_usd: 0,
  });
  expect(priceOf({ ...query, model: 'constructor' }, {}, tablePrice)).toBeNull();
});

test('each kind of token is billed at its own price, and never above the worst case', () => {
  const price = { input_usd: 2, output_usd: 10, cache_read_usd: 0.2, cache_write_usd: 2.5, source: 'test' };
  const usage = { input_tokens: 1000, output_tokens: 100, cache_read_tokens: 5000, cache_write_tokens: 2000 };
  expect(callCostUsd(usage, price)).toBeCloseTo(0.002 + 0.001 + 0.001 + 0.005, 12);
  expect(worstCaseUsd(8000, 100, price)).toBeCloseTo(0.02 + 0.001, 12);
  expect(worstCaseUsd(8000, 100, price)).toBeGreaterThan(callCostUsd(usage, price));
});

test('a text has at most as many tokens as bytes, before and after normalization', () => {
  expect(maxTokensOf('abc')).toBe(3);
  expect(maxTokensOf('ü天🌦')).toBe(2 + 3 + 4);
  expect(maxTokensOf('ﷺ')).toBeGreaterThan(Buffer.byteLength('ﷺ'));
});
