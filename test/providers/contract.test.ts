import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Block } from '../../contracts/conversation.ts';
import type { ToolDefinition } from '../../contracts/tool.ts';
import type { ModelRequest, RequestMessage } from '../../providers/types.ts';
import { until } from '../setup/until.ts';
import { MODELS, type NeutralStep, type Subject, type SubjectName, startSubject } from './subjects.ts';

const NAMES: SubjectName[] = ['anthropic', 'openai', 'gemini', 'ollama'];

const WEATHER: ToolDefinition = {
  name: 'weather',
  description: 'The weather of a city.',
  input_schema: z.toJSONSchema(
    z.strictObject({ city: z.string().min(1).describe('its name'), unit: z.enum(['C', 'F']).default('C') }),
  ),
};
const CLOCK: ToolDefinition = {
  name: 'clock',
  description: 'The time.',
  input_schema: z.toJSONSchema(z.strictObject({})),
};

const user = (content: RequestMessage['content']): RequestMessage => ({ role: 'user', content });
const assistant = (content: Block[]): RequestMessage => ({ role: 'assistant', content });
const result = (tool_use_id: string, content: string, is_error = false): Block => ({
  type: 'tool_result',
  tool_use_id,
  content,
  is_error,
});
const callsIn = (content: Block[]) => content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));

describe.each(NAMES)('%s', (name) => {
  let subject: Subject;
  beforeEach(async () => {
    subject = await startSubject(name);
  });
  afterEach(async () => {
    await subject.fake.close();
  });

  const request = (fields: Partial<ModelRequest> = {}): ModelRequest => ({
    model: MODELS[name],
    system: 'Be brief.',
    messages: [user('Hello')],
    max_output_tokens: 1000,
    ...fields,
  });
  const never = () => new AbortController().signal;
  const ask = (
    fields: Partial<ModelRequest> = {},
    settings: Parameters<Subject['provider']>[0] = {},
    on_delta: (text: string) => void = () => {},
    signal = never(),
  ) => subject.provider(settings).call(request(fields), { signal, on_delta });

  test('text comes in pieces and as a whole', async () => {
    const text = 'Good day to you, and to everybody else who happens to be here today. '.repeat(3);
    subject.expect({
      system_includes: 'Be brief.',
      prompt_includes: 'Hello',
      tools: [],
      reply: { type: 'message', text },
    });
    const pieces: string[] = [];
    const reply = await ask({}, {}, (piece) => pieces.push(piece));
    expect(reply).toMatchObject({ text, stop_reason: 'end' });
    expect(reply.content.filter((block) => block.type === 'text')).toEqual([{ type: 'text', text }]);
    expect(pieces.join('')).toBe(text);
    expect(pieces.length).toBeGreaterThan(1);
    subject.fake.assertDone();
  });

  test('a call of a tool is answered in the next turn, with what the provider wants back', async () => {
    const tools = [WEATHER, CLOCK];
    const input = { city: 'Łódź "quoted"', unit: 'C' };
    subject.expect(
      {
        turn: 0,
        tools: ['weather', 'clock'],
        reply: { type: 'message', text: 'I look it up.', tool_use: [{ name: 'weather', input }] },
      },
      { turn: 1, prompt_includes: ['Łódź', '21 degrees'], reply: { type: 'message', text: 'Warm.' } },
    );
    const deltas: string[] = [];
    const first = await ask({ tools }, {}, (piece) => deltas.push(piece));
    expect(first).toMatchObject({ text: 'I look it up.', stop_reason: 'tool_use' });
    expect(deltas.join('')).toBe('I look it up.');
    const [call] = callsIn(first.content);
    expect(call).toMatchObject({ name: 'weather', input });
    const kept: Block[] = JSON.parse(JSON.stringify(first.content));
    const messages = [user('Hello'), assistant(kept), user([result(call!.id, '21 degrees')])];
    expect(await ask({ tools, messages })).toMatchObject({ text: 'Warm.', stop_reason: 'end' });
    subject.fake.assertDone();
  });

  test('parallel calls keep their order, and a failed one says so', async () => {
    const cities = ['Rome', 'Oslo', 'Bonn'];
    subject.expect(
      {
        reply: {
          type: 'message',
          tool_use: cities.map((city) => ({ name: 'weather', input: { city } })),
        },
      },
      { turn: 1, prompt_includes: cities, reply: { type: 'message', text: 'Done.' } },
    );
    const first = await ask({ tools: [WEATHER] });
    const calls = callsIn(first.content);
    expect(calls.map((call) => call.input)).toEqual(cities.map((city) => ({ city })));
    expect(new Set(calls.map((call) => call.id)).size).toBe(3);
    const results = calls.map((call, index) =>
      result(call.id, index === 1 ? 'no such city' : 'sun', index === 1),
    );
    const messages = [
      user('Hello'),
      assistant(first.content),
      user([...results, { type: 'text', text: 'Go on.' }]),
    ];
    await ask({ tools: [WEATHER], messages });
    const sent = JSON.stringify(subject.fake.calls[1]!.body);
    expect(sent).toMatch(/Error: no such city|"is_error":true/);
    expect(sent).toContain('Go on.');
    subject.fake.assertDone();
  });

  test('what another provider wants back is left out', async () => {
    subject.expect({ turn: 1, reply: { type: 'message', text: 'Fine.' } });
    const foreign = [...NAMES, 'offline' as const].filter((other) => other !== name);
    const opaque = foreign.map((provider): Block => ({ type: 'opaque', provider, data: { foreign: true } }));
    const call: Block = { type: 'tool_use', id: 'call_7', name: 'clock', input: {} };
    const messages = [
      user('Hello'),
      assistant([...opaque, call]),
      user([result('call_7', 'noon')]),
      assistant(opaque),
      user('And?'),
    ];
    await ask({ tools: [CLOCK], messages });
    expect(JSON.stringify(subject.fake.calls[0]!.body)).not.toContain('foreign');
    subject.fake.assertDone();
  });

  test('tools can be there without being allowed', async () => {
    subject.expect({ tools: ['clock'], reply: { type: 'message', text: 'Noon, I think.' } });
    await ask({ tools: [CLOCK], tool_choice: 'none' });
    expect(JSON.stringify(subject.fake.calls[0]!.body)).toMatch(/"tool_choice":("none"|\{"type":"none"\})/);
  });

  test.each([
    ['all of it required', z.strictObject({ answer: z.string().min(1), score: z.int().max(10).nullable() })],
    ['a part optional', z.strictObject({ answer: z.string(), tags: z.array(z.string()).max(3).optional() })],
  ])('an answer to a schema, %s', async (_, schema) => {
    const json = { answer: 'yes', score: 3 };
    subject.expect({ structured: true, reply: { type: 'message', json } });
    const reply = await ask({ output_schema: z.toJSONSchema(schema) });
    expect(JSON.parse(reply.text)).toEqual(json);
    expect(reply.stop_reason).toBe('end');
    subject.fake.assertDone();
  });

  test('tokens from the cache are told apart from fresh ones', async () => {
    subject.expect({ reply: { type: 'message', text: 'x', usage: { input: 7, output: 5, read: 11 } } });
    expect((await ask()).usage).toEqual({
      input_tokens: 7,
      output_tokens: 5,
      cache_read_tokens: 11,
      cache_write_tokens: 0,
    });
  });

  test('a growing conversation reads from the cache what it had before', async () => {
    const tools = [WEATHER];
    const system = 'You answer questions about the weather of cities. '.repeat(120);
    const messages = [user('Hello')];
    const usages = [];
    for (let turn = 0; turn < 3; turn++) {
      const city = `City ${turn} `.repeat(300);
      subject.expect({ turn, reply: { type: 'message', tool_use: [{ name: 'weather', input: { city } }] } });
      const { content, usage } = await ask({ tools, system, messages });
      usages.push(usage);
      messages.push(assistant(content), user(callsIn(content).map((call) => result(call.id, city))));
    }
    const [first, second, third] = usages;
    const prompt = (usage = first!) =>
      usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
    expect(second!.cache_read_tokens).toBeGreaterThanOrEqual(prompt() * 0.95);
    expect(third!.cache_read_tokens).toBeGreaterThanOrEqual(prompt(second!) * 0.95);
    expect(third!.cache_read_tokens).toBeGreaterThan(second!.cache_read_tokens);
  });

  test('an answer that is cut off says so, and holds no half call', async () => {
    subject.expect({ reply: { type: 'message', text: 'word '.repeat(100) } });
    const cut = await ask({ max_output_tokens: 10 });
    expect(cut).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: expect.any(Number) } });
    expect(cut.text).toMatch(/^word word/);
    subject.expect({
      reply: { type: 'message', text: 'So', tool_use: [{ name: 'clock', input: {} }], ended: 'max_tokens' },
    });
    const half = await ask({ tools: [CLOCK] });
    expect(half).toMatchObject({ stop_reason: 'max_tokens', text: 'So' });
    expect(callsIn(half.content)).toEqual([]);
  });

  test('a refusal is told from an answer, and keeps its words', async () => {
    subject.expect({ reply: { type: 'message', text: 'I would rather not.', ended: 'refusal' } });
    expect(await ask()).toMatchObject({ stop_reason: 'refusal', text: 'I would rather not.' });
  });

  const refused = (status: number): NeutralStep['reply'] => ({
    type: 'error',
    status,
    error_type: 'some_error',
    message: 'told by the service',
  });
  test.each<[string, NeutralStep['reply'], object]>([
    ['429', { type: 'rate_limited', retry_after: '7' }, { kind: 'rate_limited', retry_after_seconds: 7 }],
    [
      '429 to the millisecond',
      { type: 'rate_limited', retry_after: '7', retry_after_ms: '250' },
      { kind: 'rate_limited', retry_after_seconds: 0.25 },
    ],
    ['429 without a time', { type: 'rate_limited' }, { kind: 'rate_limited', retry_after_seconds: null }],
    ['overload', { type: 'overloaded', retry_after: '3' }, { kind: 'overloaded', retry_after_seconds: 3 }],
    ['529', refused(529), { kind: 'overloaded' }],
    [
      '400',
      refused(400),
      { kind: 'invalid_request', message: expect.stringContaining('told by the service') },
    ],
    ['403', refused(403), { kind: 'auth' }],
    ['404', refused(404), { kind: 'invalid_request' }],
    ['500', refused(500), { kind: 'unavailable', perhaps_billed: false }],
    ['504', refused(504), { kind: 'unknown_outcome', perhaps_billed: true }],
    ['a connection lost at once', { type: 'reset' }, { kind: 'unknown_outcome' }],
    ['a stream cut off', { type: 'reset', after_text: 'It is' }, { kind: 'unknown_outcome' }],
    [
      'an error in the stream',
      { type: 'overloaded', after_text: 'It' },
      // what the others send has no name
      { kind: name === 'anthropic' ? 'overloaded' : 'unknown_outcome' },
    ],
  ])('%s is not asked again, and is named', async (_, reply, error) => {
    subject.expect({ reply });
    await expect(ask()).rejects.toMatchObject({ name: 'ProviderError', ...error });
    expect(subject.fake.calls).toHaveLength(1);
    subject.fake.assertDone();
  });

  test('nobody there: nothing was done', async () => {
    await subject.fake.close();
    await expect(ask()).rejects.toMatchObject({ kind: 'unavailable', perhaps_billed: false });
    expect(await subject.provider().reachable()).toBe(false);
  });

  test('silence ends the call, before an answer and within one', async () => {
    subject.expect({ reply: { type: 'hang' } }, { reply: { type: 'hang', after_text: 'It is' } });
    await expect(ask({}, { response_timeout_seconds: 0.2 })).rejects.toMatchObject({ kind: 'timeout' });
    await expect(ask({}, { idle_timeout_seconds: 0.2 })).rejects.toMatchObject({ kind: 'timeout' });
  });

  test.each([undefined, 'It is'])(
    'an abort ends the request at once, after the text %j',
    async (after_text) => {
      subject.expect({ reply: { type: 'hang', ...(after_text ? { after_text } : {}) } });
      const controller = new AbortController();
      const reason = new Error('no longer wanted');
      const asked = ask({}, {}, () => controller.abort(reason), controller.signal);
      if (!after_text) {
        void until(() => subject.fake.calls.length === 1, { what: 'the request' }).then(() =>
          controller.abort(reason),
        );
      }
      await expect(asked).rejects.toBe(reason);
      await until(() => subject.fake.calls[0]?.aborted, { what: 'the end of the connection' });
    },
  );

  test.skipIf(name === 'ollama')('a wrong key is named by its variable, and never shown', async () => {
    const api_key = 'sk-very-secret-0815';
    const wrong = ask({}, { api_key });
    const message = expect.stringMatching(new RegExp(`Check ${name.toUpperCase()}_API_KEY`));
    await expect(wrong).rejects.toMatchObject({ kind: 'auth', message });
    await expect(wrong).rejects.not.toMatchObject({ message: expect.stringContaining(api_key) });
    const echo = `who is ${subject.fake.api_key}?`;
    subject.expect({ reply: { type: 'error', status: 400, error_type: 'x', message: echo } });
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('who is ***?') });
  });

  test('a long answer of an error is cut: it may be a whole page, or the request', async () => {
    const message = `Bad. ${'<p>Sorry.</p>'.repeat(1000)}`;
    subject.expect({ reply: { type: 'error', status: 400, error_type: 'x', message } });
    const error: Error = await ask().then(
      () => expect.fail('it was accepted'),
      (thrown: unknown) => thrown as Error,
    );
    expect(error.message).toContain('answered 400: Bad. <p>Sorry');
    expect(error.message.length).toBeLessThanOrEqual(500);
  });

  test('it lists its models, and says whether it is there', async () => {
    const provider = subject.provider();
    expect(await provider.models()).toContain(MODELS[name]);
    expect(await provider.reachable()).toBe(true);
    expect(provider.configured()).toEqual({ ok: true });
  });

  test('the context window is the configured one, else the known one, else a safe one', () => {
    const { context_window } = subject.provider();
    expect(subject.provider({ context_window: 5000 }).context_window(MODELS[name])).toBe(5000);
    expect(context_window('no-such-model')).toBeGreaterThanOrEqual(32_000);
    expect(context_window('no-such-model')).toBeLessThanOrEqual(200_000);
    if (name !== 'ollama') expect(context_window(MODELS[name])).toBeGreaterThanOrEqual(1_000_000);
  });
});
