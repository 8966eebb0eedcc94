import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Price } from '../../contracts/money.ts';
import { worstCaseUsd } from '../../core/money/cost.ts';
import { leastOutputTokens, leastUsd, withinTokens, withinUsd } from '../../core/money/output-limit.ts';

/** USD per million tokens. */
const usd = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 100, noNaN: true }));
const anyPrice = fc
  .record({ input_usd: usd, output_usd: usd, cache_read_usd: usd, cache_write_usd: usd })
  .map((price): Price => ({ ...price, source: 'test' }));
const anyCall = fc
  .record({
    price: anyPrice,
    input: fc.integer({ min: 1, max: 2_000_000 }),
    max_output_tokens: fc.integer({ min: 256, max: 200_000 }),
  })
  .map(({ price, input, max_output_tokens }) => ({
    price,
    max_output_tokens,
    worst_case_usd: worstCaseUsd(input, max_output_tokens, price),
  }));
const of = fc.constantFrom('job', 'act', 'hand_over', 'summarize' as const);

describe('an answer that the money does not pay in full', () => {
  test('is as long as it can be, never costs more, and is worth asking for', () => {
    fc.assert(
      fc.property(anyCall, of, fc.double({ min: 0, max: 1, noNaN: true }), (call, kind, share) => {
        const least = leastUsd(kind, call);
        expect(least).toBeLessThanOrEqual(call.worst_case_usd);
        const money = least + (call.worst_case_usd - least) * share;
        const made = withinUsd(call, money);
        // what is compared is counted in billionths
        expect(made.worst_case_usd).toBeLessThanOrEqual(money + 1e-9);
        expect(made.max_output_tokens).toBeGreaterThanOrEqual(leastOutputTokens(kind, call));
        expect(made.max_output_tokens).toBeLessThanOrEqual(call.max_output_tokens);
        if (made.max_output_tokens === call.max_output_tokens) return;
        expect(made.shortened).toBe('budget');
        const longer = made.worst_case_usd + (2 * call.price.output_usd) / 1e6;
        expect(longer).toBeGreaterThan(money - 1e-9);
      }),
      { numRuns: 2000 },
    );
  });

  test('needs the fewer tokens the less has to be whole, and never more than it may have', () => {
    const call = { max_output_tokens: 16_000, worst_case_usd: 1, price: null };
    const least = (['hand_over', 'act', 'summarize', 'job'] as const).map((kind) =>
      leastOutputTokens(kind, call),
    );
    expect(least).toEqual([500, 2048, 4096, 4096]);
    expect(leastOutputTokens('job', { ...call, max_output_tokens: 1000 })).toBe(1000);
  });

  test('is whole where the price is not known, or nothing', () => {
    const unpriced = { max_output_tokens: 1000, worst_case_usd: 0, price: null };
    expect(withinUsd(unpriced, 0)).toBe(unpriced);
    const price = { input_usd: 1, output_usd: 0, cache_read_usd: 1, cache_write_usd: 1, source: 'test' };
    const free = { max_output_tokens: 1000, worst_case_usd: worstCaseUsd(1000, 1000, price), price };
    expect(leastUsd('act', free)).toBe(0.001);
  });
});

describe('an answer near a limit of tokens', () => {
  const price = { input_usd: 1, output_usd: 10, cache_read_usd: 1, cache_write_usd: 1, source: 'test' };
  const call = { max_output_tokens: 16_000, worst_case_usd: 0.17, price };

  test('has the room that the prompt leaves, and never less than is worth asking for', () => {
    expect(withinTokens('act', call, null, 5000)).toBe(call);
    expect(withinTokens('act', call, 21_000, 5000)).toBe(call);
    expect(withinTokens('act', call, 15_000, 5000)).toEqual({
      ...call,
      max_output_tokens: 10_000,
      worst_case_usd: 0.11,
      shortened: 'token_limit',
    });
    expect(withinTokens('act', call, 100, 5000).max_output_tokens).toBe(2048);
    expect(withinTokens('job', call, -1, 5000).max_output_tokens).toBe(4096);
  });
});
