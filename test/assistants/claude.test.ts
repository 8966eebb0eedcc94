import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claude } from '../../activities/coding/drivers/claude.ts';
import type { Heard } from '../../activities/coding/drivers/driver.ts';
import { LAUNCH, NOBODY } from './launch.ts';

const recorded = readFileSync(join(import.meta.dirname, 'recorded/claude.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as unknown);

const hear = (lines: unknown[]): Heard[] => {
  const read = claude.reader(LAUNCH, NOBODY);
  return lines.flatMap((line) => read(line));
};

test('what Claude Code printed is heard: its session, what it says, its tools, what it used, its end', () => {
  const heard = hear(recorded);
  const told = heard.filter(({ type }) => !['delta', 'usage', 'total'].includes(type));
  expect(told).toEqual([
    { type: 'session', id: '11111111-1111-4111-8111-111111111111' },
    { type: 'text', text: 'I will write it.' },
    {
      type: 'tool_use',
      id: 'toolu_1',
      name: 'Write',
      input: { file_path: '/tmp/cl/work/a b.txt', content: 'hello' },
    },
    { type: 'turn' },
    {
      type: 'tool_result',
      id: 'toolu_1',
      content: expect.stringContaining('File created successfully'),
      is_error: false,
    },
    { type: 'text', text: 'All done.' },
    { type: 'turn' },
    { type: 'end', end: { ok: true, text: 'All done.' } },
  ]);
  const usage = { cache_read_tokens: 50, cache_write_tokens: 7 };
  expect(heard.filter(({ type }) => type === 'usage').map((one) => one.type === 'usage' && one)).toEqual([
    {
      type: 'usage',
      call: '1',
      model: 'claude-sonnet-5',
      usage: { ...usage, input_tokens: 101, output_tokens: 1 },
    },
    {
      type: 'usage',
      call: '1',
      model: 'claude-sonnet-5',
      usage: { ...usage, input_tokens: 101, output_tokens: 20 },
    },
    {
      type: 'usage',
      call: '2',
      model: 'claude-sonnet-5',
      usage: { ...usage, input_tokens: 102, output_tokens: 1 },
    },
    {
      type: 'usage',
      call: '2',
      model: 'claude-sonnet-5',
      usage: { ...usage, input_tokens: 102, output_tokens: 20 },
    },
  ]);
  expect(heard.find(({ type }) => type === 'total')).toEqual({
    type: 'total',
    models: [
      {
        model: 'claude-sonnet-5',
        usage: { input_tokens: 203, output_tokens: 40, cache_read_tokens: 100, cache_write_tokens: 14 },
      },
    ],
  });
});

test.each([
  [{ subtype: 'error_max_turns', is_error: true }, 'turns'],
  [{ subtype: 'success', is_error: true, api_error_status: 429, result: 'API Error: 429' }, 'rate_limited'],
  [{ subtype: 'success', is_error: true, api_error_status: 401 }, 'auth'],
  [{ subtype: 'success', is_error: true, api_error_status: 529 }, 'overloaded'],
  [{ subtype: 'success', is_error: true, api_error_status: 400 }, 'invalid'],
  [{ subtype: 'error_during_execution', is_error: true, errors: ['No conversation found'] }, 'failed'],
  [{}, 'failed'],
])('a result %j is no success: %s', (fields, why) => {
  expect(hear([{ type: 'result', ...fields }])).toEqual([
    { type: 'end', end: { ok: false, why, message: expect.any(String) } },
  ]);
});

test.each([
  undefined,
  null,
  'text',
  [],
  { type: 'system', subtype: 'init', session_id: 7 },
  { type: 'stream_event' },
  { type: 'stream_event', event: { type: 'message_delta', usage: { output_tokens: 'many' } } },
  { type: 'stream_event', event: { type: 'content_block_delta', delta: { text: {} } } },
  { type: 'assistant', message: { content: [null, 1, { type: 'tool_use', id: 1 }, { type: 'text' }] } },
  { type: 'assistant', error: 'rate_limit', message: { content: [{ type: 'text', text: 'API Error' }] } },
  { type: 'user', message: { content: 'no blocks' } },
  { type: 'user', message: null },
  { type: 'of tomorrow', session_id: 'x' },
])('a line %j says nothing', (line) => {
  expect(hear([line])).toEqual([]);
});

test('absurd usage is not believed', () => {
  const usage = {
    input_tokens: -1,
    output_tokens: 1e300,
    cache_read_input_tokens: '9',
    cache_creation_input_tokens: 1.5,
  };
  const [heard] = hear([{ type: 'stream_event', event: { type: 'message_start', message: { usage } } }]);
  expect(heard).toMatchObject({
    usage: { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 },
  });
});

test('calls of agents that it starts itself are told apart from its own, and are no turns of it', () => {
  const event = (type: string, parent: string | null, output_tokens: number) => ({
    type: 'stream_event',
    parent_tool_use_id: parent,
    event: { type, message: { model: 'm', usage: { output_tokens } }, usage: { output_tokens } },
  });
  const heard = hear([
    event('message_start', null, 1),
    event('message_start', 'toolu_1', 1),
    event('message_delta', null, 20),
    event('message_delta', 'toolu_1', 30),
  ]);
  expect(heard.map((one) => (one.type === 'usage' ? [one.call, one.usage.output_tokens] : one.type))).toEqual(
    [['1', 1], ['2', 1], ['1', 20], 'turn', ['2', 30]],
  );
});
