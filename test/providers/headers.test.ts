import { expect, test } from 'vitest';
import { anthropicLimits, openAiLimits, retryAfterSeconds } from '../../providers/headers.ts';
import { type ModelRequest, ProviderError } from '../../providers/types.ts';
import { startSubject } from './subjects.ts';

test('retry-after may be a date', () => {
  const date = new Date(Date.now() + 60_000).toUTCString();
  expect(retryAfterSeconds(new Headers({ 'retry-after': date }))).toBeCloseTo(60, -1);
  expect(retryAfterSeconds(new Headers({ 'retry-after': 'soon' }))).toBeNull();
  expect(retryAfterSeconds(new Headers())).toBeNull();
});

const ANTHROPIC = {
  'anthropic-ratelimit-requests-limit': '50',
  'anthropic-ratelimit-requests-remaining': '49',
  'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:30Z',
  'anthropic-ratelimit-input-tokens-limit': '30000',
  'anthropic-ratelimit-input-tokens-remaining': '29000',
  'anthropic-ratelimit-output-tokens-limit': '8000',
  'anthropic-ratelimit-output-tokens-remaining': '-1',
};
const LIMITS = {
  requests: { limit: 50, remaining: 49, reset_at: '2026-01-01T00:00:30.000Z' },
  input_tokens: { limit: 30_000, remaining: 29_000, reset_at: null },
};

test('the limits that Anthropic tells; what is no count is left out', () => {
  expect(anthropicLimits(new Headers(ANTHROPIC))).toEqual(LIMITS);
  expect(anthropicLimits(new Headers())).toBeUndefined();
});

test.each([
  ['6m0s', 360],
  ['1h2m3.5s', 3723.5],
  ['12ms', 0.012],
  ['7', 7],
])('the limits that OpenAI tells, all there again in %s', (reset, seconds) => {
  const limits = openAiLimits(
    new Headers({
      'x-ratelimit-limit-tokens': '160000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': reset,
    }),
  );
  expect(limits).toMatchObject({ tokens: { limit: 160_000, remaining: 0 } });
  const wait = Date.parse(limits!.tokens!.reset_at!) - Date.now();
  expect(Math.abs(wait - seconds * 1000)).toBeLessThan(1000);
});

test('a reset that nobody can read is not known', () => {
  const headers = new Headers({
    'x-ratelimit-limit-requests': '5',
    'x-ratelimit-remaining-requests': '1',
    'x-ratelimit-reset-requests': 'soon',
  });
  expect(openAiLimits(headers)).toEqual({ requests: { limit: 5, remaining: 1, reset_at: null } });
});

test.each(['anthropic', 'openai'] as const)('%s: limits come with answers and with errors', async (name) => {
  const subject = await startSubject(name);
  const request: ModelRequest = {
    model: 'a-model',
    system: '',
    messages: [{ role: 'user', content: 'Hello' }],
    max_output_tokens: 100,
  };
  const headers = {
    ...ANTHROPIC,
    'x-ratelimit-limit-requests': '50',
    'x-ratelimit-remaining-requests': '49',
    'x-ratelimit-reset-requests': '1s',
  };
  try {
    subject.expect(
      { reply: { type: 'message', text: 'Hi', headers } },
      { reply: { type: 'rate_limited', headers } },
    );
    const ask = () =>
      subject.provider().call(request, { signal: new AbortController().signal, on_delta: () => {} });
    const requests = { limit: 50, remaining: 49, reset_at: expect.any(String) };
    expect(await ask()).toMatchObject({ limits: { requests } });
    const error = await ask().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ kind: 'rate_limited', limits: { requests } });
  } finally {
    await subject.fake.close();
  }
});
