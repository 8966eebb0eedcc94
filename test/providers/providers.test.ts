import { afterEach, beforeEach, expect, test } from 'vitest';
import { Config } from '../../contracts/config.ts';
import { createAnthropic } from '../../providers/anthropic.ts';
import { createProviders, providerInfos } from '../../providers/registry.ts';
import type { ModelRequest } from '../../providers/types.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';

let fake: FakeAnthropic;
beforeEach(async () => {
  fake = await startFakeAnthropic();
});
afterEach(async () => {
  await fake.close();
});

const REQUEST: ModelRequest = {
  model: 'claude-sonnet-5',
  system: 'Be brief.',
  messages: [{ role: 'user', content: 'Hello' }],
  max_output_tokens: 100,
};

const provider = (fields: { api_key?: string } = {}) =>
  createAnthropic({ api_key: fake.api_key, base_url: fake.url, ...fields });

const call = (request = REQUEST, signal = new AbortController().signal, on_delta = (_: string) => {}) =>
  provider().call(request, { signal, on_delta });

test('the system prompt is marked for the cache and the text arrives in pieces', async () => {
  const text = 'Good day to you, and to everybody else who happens to be here today. '.repeat(3);
  fake.expect({ model: 'claude-sonnet-5', reply: { type: 'message', text, thinking: 'Hm.' } });
  const pieces: string[] = [];
  const reply = await call(REQUEST, undefined, (piece) => pieces.push(piece));
  expect(reply).toMatchObject({ text, stop_reason: 'end' });
  expect(pieces.join('')).toBe(text);
  expect(pieces.length).toBeGreaterThan(1);
  expect(fake.calls[0]!.body.system).toEqual([
    { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } },
  ]);
  fake.assertDone();
});

test('every kind of token is told apart', async () => {
  fake.expect({
    reply: {
      type: 'message',
      text: 'x',
      usage: {
        input_tokens: 7,
        output_tokens: 5,
        cache_read_input_tokens: 11,
        cache_creation_input_tokens: 13,
      },
    },
  });
  expect((await call()).usage).toEqual({
    input_tokens: 7,
    output_tokens: 5,
    cache_read_tokens: 11,
    cache_write_tokens: 13,
  });
});

test.each([
  [
    { type: 'rate_limited', retry_after: '7' },
    { kind: 'rate_limited', retry_after_seconds: 7 },
  ],
  [
    { type: 'rate_limited', retry_after: '7', retry_after_ms: '250' },
    { kind: 'rate_limited', retry_after_seconds: 0.25 },
  ],
  [{ type: 'overloaded' }, { kind: 'overloaded', retry_after_seconds: null }],
  [{ type: 'overloaded', after_text: 'so' }, { kind: 'overloaded' }],
  [
    { type: 'error', status: 400, error_type: 'invalid_request_error', message: 'no' },
    { kind: 'invalid_request' },
  ],
  [{ type: 'error', status: 403, error_type: 'permission_error', message: 'no' }, { kind: 'auth' }],
  [
    { type: 'error', status: 404, error_type: 'not_found_error', message: 'model: x' },
    { kind: 'invalid_request' },
  ],
  [{ type: 'error', status: 500, error_type: 'api_error', message: 'oh' }, { kind: 'unavailable' }],
  [{ type: 'error', status: 504, error_type: 'timeout_error', message: 'late' }, { kind: 'unknown_outcome' }],
  [{ type: 'reset' }, { kind: 'unknown_outcome' }],
] as const)('%j is %j, and is not repeated', async (reply, error) => {
  fake.expect({ reply });
  await expect(call()).rejects.toMatchObject({ name: 'ProviderError', ...error });
  expect(fake.calls).toHaveLength(1);
});

test('an abort stops the request and throws what the signal says', async () => {
  fake.expect({ reply: { type: 'hang', after_text: 'It is' } });
  const controller = new AbortController();
  const reason = new Error('no longer wanted');
  await expect(call(REQUEST, controller.signal, () => controller.abort(reason))).rejects.toBe(reason);
});

test('a wrong key is named as such and not repeated in the message', async () => {
  const wrong = provider({ api_key: 'sk-ant-wrong' }).call(REQUEST, {
    signal: new AbortController().signal,
    on_delta: () => {},
  });
  await expect(wrong).rejects.toMatchObject({
    kind: 'auth',
    message: expect.stringContaining('Check ANTHROPIC_API_KEY'),
  });
  await expect(wrong).rejects.not.toMatchObject({ message: expect.stringContaining('sk-ant-wrong') });
});

test('the list says what is set up, what answers and which models there are', async () => {
  const config = Config.parse({ providers: { anthropic: { default_model: 'claude-opus-5-5' } } });
  const env = {
    ANTHROPIC_API_KEY: fake.api_key,
    ANTHROPIC_BASE_URL: fake.url,
    OLLAMA_BASE_URL: 'http://127.0.0.1:1',
  };
  const infos = await providerInfos(createProviders(env, config));
  expect(infos.map((info) => [info.provider, info.configured, info.reachable])).toEqual([
    ['anthropic', true, true],
    ['openai', false, false],
    ['gemini', false, false],
    ['ollama', true, false],
    ['offline', false, false],
  ]);
  expect(infos[0]).toMatchObject({
    default_model: 'claude-opus-5-5',
    env_key: 'ANTHROPIC_API_KEY',
    base_url: fake.url,
    models: expect.arrayContaining(['claude-sonnet-5']),
  });
  expect(JSON.stringify(infos)).not.toContain(fake.api_key);
});

test('a provider that is gone is set up and not reachable; without a key nothing is asked', async () => {
  const env = { ANTHROPIC_API_KEY: fake.api_key, ANTHROPIC_BASE_URL: fake.url };
  await fake.close();
  const [gone] = await providerInfos(createProviders(env, Config.parse({})));
  expect(gone).toMatchObject({ configured: true, reachable: false, models: [] });
  const [unset] = await providerInfos(createProviders({}, Config.parse({})));
  expect(unset).toMatchObject({ configured: false, reachable: false, base_url: 'https://api.anthropic.com' });
});
