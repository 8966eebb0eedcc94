import { expect, test } from 'vitest';
import { createUsageEstimates } from '../../activities/model/usage-estimate.ts';

const call = { provider: 'anthropic', model: 'some-model', agent: 'general' } as const;
const request = (chars: number) => ({
  model: 'some-model',
  system: 'x'.repeat(chars),
  messages: [],
  max_output_tokens: 16_000,
});
const usage = { input_tokens: 100, cache_read_tokens: 300, cache_write_tokens: 100, output_tokens: 1000 };

test('before anything is known, an answer is expected to be far shorter than it may be', () => {
  const estimates = createUsageEstimates();
  const { tokens, input_tokens, output_tokens } = estimates.expect(call, request(4000));
  expect(input_tokens).toBeGreaterThan(900);
  expect(output_tokens).toBeLessThan(1000);
  expect(tokens).toBe(input_tokens! + output_tokens!);
  expect(estimates.expect(call, { ...request(4000), max_output_tokens: 50 }).output_tokens).toBe(50);
});

test('what a call used is what its agent is expected to use next, by the length of the prompt', () => {
  const estimates = createUsageEstimates();
  const before = estimates.expect({ ...call, agent: 'other' }, request(4000));
  const used = estimates.learn(call, request(998), usage);
  expect(used).toEqual({ requests: 1, tokens: 1500, input_tokens: 500, output_tokens: 1000 });
  expect(estimates.expect(call, request(1998)).input_tokens).toBe(1000);
  expect(estimates.expect({ ...call, agent: 'other' }, request(4000))).toEqual(before);
  for (let n = 0; n < 50; n += 1) estimates.learn(call, request(998), { ...usage, output_tokens: 10 });
  expect(estimates.expect(call, request(998)).output_tokens).toBeLessThan(15);
});
