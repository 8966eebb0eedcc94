import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createAnthropic } from '../../providers/anthropic.ts';
import { createOpenAiCompatible } from '../../providers/openai.ts';
import { FLAVOURS } from '../../providers/openai-flavours.ts';
import { newTally, type Provider, UNPARSED_ARGUMENTS } from '../../providers/types.ts';
import { startFakeAnthropic } from '../fakes/anthropic.ts';
import { closingEvents, sse as event, openingEvents } from '../fakes/anthropic-events.ts';
import { startFakeOpenAi } from '../fakes/openai.ts';
import { chunk, sse } from '../fakes/openai-wire.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const TOOL = { name: 'note', description: 'Takes a note.', input_schema: { type: 'object' } };
const ask = (provider: Provider, tally = newTally()) =>
  provider.call(
    {
      model: 'a-model',
      system: '',
      messages: [{ role: 'user', content: 'Hello' }],
      max_output_tokens: 100,
      tools: [TOOL],
    },
    { signal: new AbortController().signal, on_delta: () => {}, tally },
  );

const USAGE = {
  input_tokens: 10,
  output_tokens: 5,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
};
const OPENING = openingEvents({ id: 'msg_1', model: 'a-model', usage: USAGE });
const TEXT = [
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'It is' } },
];
const STOP = { type: 'content_block_stop', index: 0 };
const toolEvents = (...pieces: string[]) => [
  {
    type: 'content_block_start',
    index: 0,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'note', input: {} },
  },
  ...pieces.map((partial_json) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'input_json_delta', partial_json },
  })),
];

async function askAnthropic(events: object[] | string, content_type?: string) {
  const fake = await startFakeAnthropic();
  open.push(fake);
  const body = typeof events === 'string' ? events : events.map(event).join('');
  fake.expect({ reply: { type: 'raw', body, ...(content_type ? { content_type } : {}) } });
  return ask(createAnthropic({ api_key: fake.api_key, base_url: fake.url }));
}

async function askOpenAi(chunks: object[] | string, content_type?: string) {
  const fake = await startFakeOpenAi();
  open.push(fake);
  const body = typeof chunks === 'string' ? chunks : [...chunks.map(sse), sse('[DONE]')].join('');
  fake.expect({ reply: { type: 'raw', body, ...(content_type ? { content_type } : {}) } });
  return ask(createOpenAiCompatible(FLAVOURS.openai, { api_key: fake.api_key, base_url: fake.base_url }));
}

const DEEP = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
const UNREADABLE = ['{"path": "a.txt", "content": "x"', '["a list"]', '{"id": 9007199254740993}', DEEP];
const shown = (text: string) => text.slice(0, 40);

describe('arguments count only when they came whole and are an object that can be kept', () => {
  test.each(UNREADABLE.map((raw) => [shown(raw), raw]))('Anthropic: %s', async (_, raw) => {
    const reply = await askAnthropic([
      ...OPENING,
      ...toolEvents(raw.slice(0, 5), raw.slice(5)),
      STOP,
      ...closingEvents('tool_use', USAGE),
    ]);
    expect(reply.content).toEqual([
      { type: 'tool_use', id: 'toolu_1', name: 'note', input: { [UNPARSED_ARGUMENTS]: raw } },
    ]);
    expect(reply.usage).toMatchObject({ output_tokens: 5 });
  });

  test.each(['{"path": "a.txt"', '{"path": "a.txt"}', ''])(
    'Anthropic: %j, and the block does not end',
    async (raw) => {
      const closing = closingEvents('tool_use', USAGE);
      const reply = await askAnthropic([...OPENING, ...toolEvents(raw), ...closing]);
      expect(reply.content).toMatchObject([{ input: { [UNPARSED_ARGUMENTS]: raw } }]);
    },
  );

  test.each(UNREADABLE.map((raw) => [shown(raw), raw]))('OpenAI: %s', async (_, raw) => {
    const called = { index: 0, id: 'call_1', type: 'function', function: { name: 'note', arguments: raw } };
    const reply = await askOpenAi([
      chunk('a-model', { tool_calls: [called] }),
      chunk('a-model', {}, 'tool_calls'),
    ]);
    expect(reply.content).toMatchObject([{ input: { [UNPARSED_ARGUMENTS]: raw } }]);
  });

  test('Anthropic: a stream that ends before the message does is no answer', async () => {
    const [delta] = closingEvents('tool_use', USAGE);
    const asked = askAnthropic([...OPENING, ...toolEvents('{}'), STOP, delta!]);
    await expect(asked).rejects.toMatchObject({ kind: 'unknown_outcome' });
  });
});

describe('usage that cannot be is refused by its name', () => {
  const bad: [unknown, string][] = [
    ['12', 'gave "12" as usage'],
    [-5, 'gave -5 as usage'],
    [1.5, 'gave 1.5 as usage'],
    [1e15, 'gave 1000000000000000 as usage'],
    [null, 'gave null as usage'],
    [{ a: 1 }, 'gave an object as usage'],
    [0, 'no token of the prompt'],
  ];

  test.each(bad)('Anthropic: %j', async (value, why) => {
    const usage = { ...USAGE, input_tokens: value as number };
    const opening = openingEvents({ id: 'msg_1', model: 'a-model', usage });
    const reply = await askAnthropic([...opening, ...TEXT, STOP, ...closingEvents('end_turn', usage)]);
    expect(reply).toMatchObject({ text: 'It is', usage: null, usage_problem: expect.stringContaining(why) });
  });

  test.each(bad)('OpenAI: %j', async (value, why) => {
    const usage = { prompt_tokens: value, completion_tokens: 5, total_tokens: 5 };
    const told = { ...chunk('a-model', {}, 'stop'), usage };
    const reply = await askOpenAi([chunk('a-model', { content: 'It is' }), told]);
    expect(reply).toMatchObject({ text: 'It is', usage: null, usage_problem: expect.stringContaining(why) });
  });

  test.each([{}, { prompt_tokens: 5, completion_tokens: 0 }, { prompt_tokens: 5, total_tokens: 'x' }, null])(
    'OpenAI: %j',
    async (usage) => {
      const told = { ...chunk('a-model', {}, 'stop'), usage };
      const reply = await askOpenAi([chunk('a-model', { content: 'It is' }), told]);
      expect(reply).toMatchObject({ usage: null, usage_problem: expect.any(String) });
    },
  );

  test('Anthropic: usage that is told with the beginning only', async () => {
    const [delta, stop] = closingEvents('end_turn', USAGE);
    const reply = await askAnthropic([...OPENING, ...TEXT, STOP, { ...delta, usage: undefined }, stop!]);
    expect(reply.usage_problem).toContain('usage.output_tokens');
  });
});

describe('an error in the stream is what it says', () => {
  test.each([
    ['rate_limit_error', 'rate_limited'],
    ['overloaded_error', 'overloaded'],
    ['invalid_request_error', 'invalid_request'],
    ['authentication_error', 'auth'],
    ['billing_error', 'auth'],
    ['api_error', 'unknown_outcome'],
  ])('Anthropic: %s is %s', async (type, kind) => {
    const error = { type: 'error', error: { type, message: 'Told by the service' } };
    const message = expect.stringContaining('Told by the service');
    await expect(askAnthropic([...OPENING, error])).rejects.toMatchObject({ kind, message });
    await expect(askAnthropic([...OPENING, ...TEXT, error])).rejects.toMatchObject({ kind });
    // without a name in front of it, and without a stream
    const bare = `event: message\ndata: ${JSON.stringify(error)}\n\n`;
    const alone = kind === 'unknown_outcome' ? 'unavailable' : kind;
    await expect(askAnthropic(bare)).rejects.toMatchObject({ kind: alone });
    await expect(askAnthropic(JSON.stringify(error), 'application/json')).rejects.toMatchObject({
      kind: alone,
    });
  });

  test.each<[{ code?: unknown; type?: string; status?: string }, string]>([
    [{ code: 429 }, 'rate_limited'],
    [{ code: '429' }, 'rate_limited'],
    [{ code: 'rate_limit_exceeded' }, 'rate_limited'],
    [{ code: 429, status: 'RESOURCE_EXHAUSTED' }, 'rate_limited'],
    [{ status: 'RESOURCE_EXHAUSTED' }, 'rate_limited'],
    [{ code: 503 }, 'overloaded'],
    [{ code: 400 }, 'invalid_request'],
    [{ type: 'invalid_request_error', code: 'context_length_exceeded' }, 'invalid_request'],
    [{ code: 401 }, 'auth'],
    [{ type: 'invalid_request_error', code: 'invalid_api_key' }, 'auth'],
    [{ type: 'insufficient_quota', code: 'insufficient_quota' }, 'auth'],
    [{ code: 504 }, 'unknown_outcome'],
    [{ type: 'server_error', code: null }, 'unknown_outcome'],
  ])('OpenAI: %j is %s', async (fields, kind) => {
    const error = { error: { message: 'Told by the service', ...fields } };
    const text = chunk('a-model', { content: 'It is' });
    await expect(askOpenAi([text, error])).rejects.toMatchObject({ kind });
    const alone = fields.code === null ? 'unavailable' : kind;
    await expect(askOpenAi([error])).rejects.toMatchObject({ kind: alone });
    const document = askOpenAi(JSON.stringify(error), 'application/json');
    await expect(document).rejects.toMatchObject({ kind: alone });
  });
});

test('a stream that is called a document is a stream', async () => {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const chunks = [chunk('a-model', { content: 'Hi' }), { ...chunk('a-model', {}, 'stop'), usage }];
  const body = [...chunks.map(sse), sse('[DONE]')].join('');
  expect(await askOpenAi(body, 'application/json')).toMatchObject({ text: 'Hi', stop_reason: 'end' });
  const whole = JSON.stringify({ choices: [{ message: { content: 'Hi' } }] });
  await expect(askOpenAi(whole, 'application/json')).rejects.toMatchObject({ kind: 'unknown_outcome' });
});

test('a server that refuses to be asked for the usage is called without asking from then on', async () => {
  const fake = await startFakeOpenAi({ flavour: 'ollama', refuses_usage_option: true });
  open.push(fake);
  fake.expect({ times: 2, reply: { type: 'message', text: 'Hi', leave_out: 'usage' } });
  const provider = createOpenAiCompatible(FLAVOURS.ollama, { base_url: fake.base_url });
  expect(await ask(provider)).toMatchObject({ text: 'Hi', usage: null });
  expect(await ask(provider)).toMatchObject({ text: 'Hi', usage: null });
  expect(fake.calls).toHaveLength(2);
  expect(fake.unexpected).toEqual([expect.stringContaining('stream_options')]);
});

describe('a connection that is lost', () => {
  /** A server that does nothing but that with its connections. */
  async function serverThat(does: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      does(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push({ close: async () => void server.close() });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const providers = (url: string) => [
    createAnthropic({ api_key: 'sk-ant-fake', base_url: url }),
    createOpenAiCompatible(FLAVOURS.openai, { api_key: 'sk-fake', base_url: url }),
  ];

  test('before the request was sent has cost nothing', async () => {
    const url = await serverThat((socket) => socket.resetAndDestroy());
    for (const provider of providers(url)) {
      await expect(ask(provider)).rejects.toMatchObject({ kind: 'unavailable', perhaps_billed: false });
    }
  });

  test('after the request was read may have cost something', async () => {
    const url = await serverThat((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    for (const provider of providers(url)) {
      await expect(ask(provider)).rejects.toMatchObject({ kind: 'unknown_outcome', perhaps_billed: true });
    }
  });
});

test('what has come of a broken answer is counted', async () => {
  const fake = await startFakeAnthropic();
  open.push(fake);
  fake.expect({ reply: { type: 'reset', after_text: 'It is sunny' } });
  const tally = newTally();
  await expect(ask(createAnthropic({ api_key: fake.api_key, base_url: fake.url }), tally)).rejects.toThrow();
  expect(tally).toEqual({ bytes: expect.any(Number), unseen: false });
});
