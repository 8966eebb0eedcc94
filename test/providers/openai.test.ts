import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createOpenAiCompatible } from '../../providers/openai.ts';
import { FLAVOURS } from '../../providers/openai-flavours.ts';
import { type ModelRequest, UNPARSED_ARGUMENTS } from '../../providers/types.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../fakes/openai.ts';
import type { StepInput } from '../fakes/openai-script.ts';
import type { OpenAiFlavour } from '../fakes/openai-wire.ts';

const TOOL = {
  name: 'note',
  description: 'Takes a note.',
  input_schema: z.toJSONSchema(z.strictObject({ text: z.string() })),
};

let fake: FakeOpenAi | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await fake?.close();
});

async function ask(
  flavour: OpenAiFlavour,
  reply: StepInput['reply'],
  request: Partial<ModelRequest> = {},
  base_url?: (fake: FakeOpenAi) => string,
) {
  fake = await startFakeOpenAi({ flavour });
  fake.expect({ reply });
  const provider = createOpenAiCompatible(FLAVOURS[flavour], {
    api_key: fake.api_key,
    base_url: base_url?.(fake) ?? fake.base_url,
  });
  return provider.call(
    {
      model: 'a-model',
      system: '',
      messages: [{ role: 'user', content: 'Hello' }],
      max_output_tokens: 100,
      ...request,
    },
    { signal: new AbortController().signal, on_delta: () => {} },
  );
}

test.each(['{"text": "half', '["a list"]', 'null'])(
  'arguments that are no object are told as such: %s',
  async (raw) => {
    const tool_use = [{ name: 'note', input: {} }];
    const reply = await ask('openai', { type: 'message', tool_use, raw_arguments: raw }, { tools: [TOOL] });
    expect(reply.content).toEqual([
      { type: 'tool_use', id: expect.any(String), name: 'note', input: { [UNPARSED_ARGUMENTS]: raw } },
    ]);
  },
);

test('a call without arguments has none', async () => {
  const tool_use = [{ name: 'note', input: {} }];
  const reply = await ask('openai', { type: 'message', tool_use, raw_arguments: '' }, { tools: [TOOL] });
  expect(reply.content).toMatchObject([{ input: {} }]);
});

test('an answer without its end may have been billed', async () => {
  const asked = ask('openai', { type: 'message', text: 'Hi', leave_out: 'finish_reason' });
  await expect(asked).rejects.toMatchObject({
    kind: 'unknown_outcome',
    message: expect.stringContaining('ended before it was whole'),
  });
});

test('an answer without usage is an answer', async () => {
  const reply = await ask('openai', { type: 'message', text: 'Hi', leave_out: 'usage' });
  expect(reply).toMatchObject({
    ...{ text: 'Hi', stop_reason: 'end', usage: null },
    usage_problem: 'the provider did not say what the answer used',
  });
});

test('a filtered answer is a refusal', async () => {
  const reply = await ask('openai', { type: 'message', text: 'I', finish_reason: 'content_filter' });
  expect(reply).toMatchObject({ stop_reason: 'refusal', text: 'I' });
});

test('an account without money is not waited for', async () => {
  const body = { error: { message: 'You exceeded your quota.', type: 'x', code: 'insufficient_quota' } };
  await expect(ask('openai', { type: 'raw_error', status: 429, body })).rejects.toMatchObject({
    kind: 'auth',
  });
});

test('Gemini says in the body how long to wait', async () => {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' }];
  const body = [{ error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED', details } }];
  await expect(ask('gemini', { type: 'raw_error', status: 429, body })).rejects.toMatchObject({
    kind: 'rate_limited',
    retry_after_seconds: 34.5,
    message: 'Gemini answered 429: Quota exceeded.',
  });
});

test('thinking that Gemini counts in the total only is output', async () => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 };
  const reply = await ask('gemini', { type: 'message', text: 'Hi', usage });
  expect(reply.usage).toMatchObject({ input_tokens: 10, output_tokens: 30 });
});

test('tokens written to the cache are told apart', async () => {
  const prompt_tokens_details = { cached_tokens: 3, cache_write_tokens: 4 };
  const reply = await ask('openai', {
    type: 'message',
    text: 'Hi',
    usage: { prompt_tokens: 10, prompt_tokens_details },
  });
  expect(reply.usage).toMatchObject({ input_tokens: 3, cache_read_tokens: 3, cache_write_tokens: 4 });
});

test.each(['', '/', '/v1', '/v1/'])('the address of Ollama may end in %j', async (end) => {
  const reply = await ask('ollama', { type: 'message', text: 'Hi' }, {}, ({ url }) => `${url}${end}`);
  expect(reply.text).toBe('Hi');
});

test.each(['gemini', 'ollama'] as const)(
  'variables that are meant for OpenAI do not reach other services: %s',
  async (flavour) => {
    const names = ['API_KEY', 'ADMIN_KEY', 'ORG_ID', 'PROJECT_ID', 'WEBHOOK_SECRET'];
    for (const name of names) vi.stubEnv(`OPENAI_${name}`, 'secret-of-openai');
    vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:1/secret-of-openai');
    vi.stubEnv(
      'OPENAI_CUSTOM_HEADERS',
      'X-Gateway-Key: secret-of-openai\nAuthorization: Bearer secret-of-openai',
    );
    const sent = await headersOf(() => ask(flavour, { type: 'message', text: 'Hi' }));
    expect(sent).not.toContain('secret-of-openai');
    expect(sent).not.toContain('x-gateway-key');
    expect(sent).toContain('authorization');
  },
);

test('headers of one own for OpenAI reach OpenAI', async () => {
  vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'X-Gateway-Key: of-the-gateway');
  expect(await headersOf(() => ask('openai', { type: 'message', text: 'Hi' }))).toContain('of-the-gateway');
});

/** The headers of the one request that `run` makes, as JSON. */
async function headersOf(run: () => Promise<unknown>): Promise<string> {
  const sent: string[] = [];
  const real = globalThis.fetch;
  vi.stubGlobal('fetch', (input: string, init: RequestInit) => {
    sent.push(JSON.stringify([...new Headers(init.headers)]));
    return real(input, init);
  });
  try {
    await run();
  } finally {
    vi.unstubAllGlobals();
  }
  expect(sent).toHaveLength(1);
  return sent[0]!;
}
