import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeAnthropic, startFakeAnthropic } from './anthropic.ts';

let fake: FakeAnthropic;
beforeEach(async () => {
  fake = await startFakeAnthropic();
});
afterEach(async () => {
  await fake.close();
});

const BODY = {
  model: 'claude-sonnet-5',
  max_tokens: 10,
  messages: [{ role: 'user', content: 'Hello' }],
  stream: true,
};

const MARK = { cache_control: { type: 'ephemeral' } };
const HELLO = { role: 'user', content: 'Hello' };
const TOOL = { name: 'a', description: 'A', input_schema: { type: 'object' } };
const USE = { type: 'tool_use', id: 'c1', name: 'a', input: {} };
const CALL = { role: 'assistant', content: [USE] };
const THOUGHT = {
  role: 'assistant',
  content: [{ type: 'thinking', thinking: 'Hm', signature: 'sig-1' }, USE],
};
const DONE = { type: 'tool_result', tool_use_id: 'c1', content: 'done' };
const RESULT = { role: 'user', content: [DONE] };
const RESULT_LATE = { role: 'user', content: [{ type: 'text', text: 'x' }, DONE] };

const post = (body: object, headers: Record<string, string> = {}, url = fake.url, key = fake.api_key) =>
  fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'anthropic-version': '2026-10-21', ...headers },
    body: JSON.stringify(body),
  });

test('a request that is not in the script is refused and reported', async () => {
  expect((await post(BODY)).status).toBe(400);
  expect(() => fake.assertDone()).toThrow(/no step of the script expects this request/);
});

test('a step that nobody asked for is reported', () => {
  fake.expect({ model: 'x', reply: { type: 'overloaded' } });
  expect(() => fake.assertDone()).toThrow(/never asked for.*"model":"x"/);
});

test.each([
  ['an unknown field', { ...BODY, temperature: 1 }],
  ['no stream', { ...BODY, stream: false }],
  ['a first message of the assistant', { ...BODY, messages: [{ role: 'assistant', content: 'x' }] }],
  [
    'a result without a call',
    {
      ...BODY,
      messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x', content: '' }] }],
      tools: [TOOL],
    },
  ],
  ['a call without a result', { ...BODY, messages: [HELLO, CALL, HELLO], tools: [TOOL] }],
  ['a result after text', { ...BODY, messages: [HELLO, CALL, RESULT_LATE], tools: [TOOL] }],
  ['calls without tools', { ...BODY, messages: [HELLO, CALL, RESULT] }],
  ['thinking that was never said', { ...BODY, messages: [HELLO, THOUGHT, RESULT], tools: [TOOL] }],
  [
    'five marks',
    { ...BODY, system: Array.from({ length: 5 }, () => ({ type: 'text', text: 'x', ...MARK })) },
  ],
  [
    'an open schema',
    {
      ...BODY,
      output_config: { format: { type: 'json_schema', schema: { type: 'object', properties: {} } } },
    },
  ],
])('%s is an invalid request and does not use up a step', async (_, body) => {
  fake.expect({ reply: { type: 'overloaded' } });
  expect((await post(body)).status).toBe(400);
  expect(fake.unexpected).toHaveLength(1);
  expect(fake.leftover()).toHaveLength(1);
});

test('key and version are checked', async () => {
  expect((await post(BODY, { authorization: 'Bearer wrong' })).status).toBe(401);
  expect((await post(BODY, { 'anthropic-version': '2020-01-01' })).status).toBe(400);
});

test('an answer never has more tokens than were allowed', async () => {
  fake.expect({ reply: { type: 'message', text: 'word '.repeat(100) } });
  const events = await (await post(BODY)).text();
  expect(events).toContain('"stop_reason":"max_tokens"');
  expect(fake.calls[0]!.billed.output_tokens).toBe(10);
});

test('as a process it takes a script from a file, and its exit code says whether all went as written', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-fake-'));
  const script = join(folder, 'script.json');
  await writeFile(script, JSON.stringify([{ times: 2, reply: { type: 'message', text: 'Hi' } }]));
  const child = spawn(process.execPath, [join(import.meta.dirname, 'anthropic.ts'), '--script', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const [line] = await once(createInterface(child.stdout), 'line');
    const { url, api_key } = JSON.parse(line);
    expect(await (await post(BODY, {}, url, api_key)).text()).toContain('"text":"Hi"');
    const report = await (await fetch(`${url}/_fake/report`)).json();
    expect(report).toMatchObject({ unexpected: [], leftover: [{ times: 1 }] });
    const complaint = text(child.stderr);
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(await complaint).toContain('never asked for');
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
});

test('thinking must come back with its call, unchanged', async () => {
  const tool_use = [{ id: 'c1', name: 'a', input: {} }];
  fake.expect(
    { reply: { type: 'message', thinking: 'Hm', tool_use } },
    { turn: 1, reply: { type: 'message', text: 'Fine' } },
  );
  const body = { ...BODY, tools: [TOOL] };
  const signature = /"signature":"(sig-[^"]+)"/.exec(await (await post(body)).text())?.[1];
  const thought = (thinking: string) => ({
    role: 'assistant',
    content: [{ type: 'thinking', thinking, signature }, USE],
  });
  const next = (message: object) => post({ ...body, messages: [HELLO, message, RESULT] });
  expect((await next(CALL)).status).toBe(400);
  expect((await next(thought('Hmm'))).status).toBe(400);
  expect((await next(thought('Hm'))).status).toBe(200);
});

test('requests over the rate limit are turned away with a time, and use up no step', async () => {
  await fake.close();
  fake = await startFakeAnthropic({ rate_limit: { requests_per_second: 2, tokens_per_second: 1000 } });
  fake.expect({ times: 3, reply: { type: 'message', text: 'Hi' } });
  const answers = [await post(BODY), await post(BODY), await post(BODY)];
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 429]);
  const wait = Number(answers[2]!.headers.get('retry-after-ms'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(500);
  expect(answers[1]!.headers.get('anthropic-ratelimit-requests-limit')).toBe('2');
  expect([fake.turnedAway(), fake.calls.length, fake.leftover().length]).toEqual([1, 2, 1]);
  expect(fake.unexpected).toEqual([]);
});
