import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeOpenAi, startFakeOpenAi } from './openai.ts';

let fake: FakeOpenAi;
beforeEach(async () => {
  fake = await startFakeOpenAi();
});
afterEach(async () => {
  await fake.close();
});

const hello = { role: 'user', content: 'Hello' };
const BODY = {
  model: 'gpt-6-sol',
  max_completion_tokens: 10,
  messages: [hello],
  stream: true,
  stream_options: { include_usage: true },
};
const call = (id: string) => ({ id, type: 'function', function: { name: 'a', arguments: '{}' } });
const calls = (...ids: string[]) => ({ role: 'assistant', content: null, tool_calls: ids.map(call) });
const result = (tool_call_id: string) => ({ role: 'tool', tool_call_id, content: 'done' });
const strict = (schema: object) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } },
});

const post = (body: object, key = fake.api_key) =>
  fetch(`${fake.base_url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });

test.each([
  ['an unknown field', { ...BODY, temperature: 1 }],
  ['the field of older models', { ...BODY, max_tokens: 10 }],
  ['no usage asked for', { ...BODY, stream_options: undefined }],
  ['a result without a call', { ...BODY, messages: [hello, result('c1')] }],
  ['a call without a result', { ...BODY, messages: [hello, calls('c1', 'c2'), result('c1')] }],
  ['a result that comes late', { ...BODY, messages: [hello, calls('c1'), hello, result('c1')] }],
  ['a result twice', { ...BODY, messages: [hello, calls('c1'), result('c1'), result('c1')] }],
  ['a system message later on', { ...BODY, messages: [hello, { role: 'system', content: 'x' }] }],
  [
    'a signature that was never given',
    {
      ...BODY,
      messages: [
        hello,
        {
          ...calls('c1'),
          tool_calls: [{ ...call('c1'), extra_content: { google: { thought_signature: 'x' } } }],
        },
        result('c1'),
      ],
    },
  ],
  [
    'a strict schema with an optional part',
    {
      ...BODY,
      ...strict({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false }),
    },
  ],
])('%s is an invalid request and does not use up a step', async (_, body) => {
  fake.expect({ reply: { type: 'overloaded' } });
  expect((await post(body)).status).toBe(400);
  expect(fake.unexpected).toHaveLength(1);
  expect(fake.leftover()).toHaveLength(1);
});

test('a request that is not in the script is refused and reported', async () => {
  expect((await post(BODY)).status).toBe(400);
  expect(() => fake.assertDone()).toThrow(/no step of the script expects this request/);
});

test('the key is checked, and the answer is bounded', async () => {
  expect((await post(BODY, 'wrong')).status).toBe(401);
  fake.expect({ reply: { type: 'message', text: 'word '.repeat(100) } });
  const events = await (await post(BODY)).text();
  expect(events).toContain('"finish_reason":"length"');
  expect(events.trimEnd()).toMatch(/data: \[DONE\]$/);
  expect(fake.calls[0]!.billed.completion_tokens).toBe(10);
});
