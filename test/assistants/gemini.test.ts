import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Heard } from '../../activities/coding/drivers/driver.ts';
import { gemini } from '../../activities/coding/drivers/gemini.ts';
import { LAUNCH } from './launch.ts';

const SESSION = '80f50095-5cf6-4c79-bf6b-b895797ea651';
const tokens = { input: 100, output: 10, cached: 40, thoughts: 5, tool: 3 };
const answer = { id: 'm1', type: 'gemini', content: 'I write it.', tokens, model: 'gemini-2.5-pro' };
const toolCalls = [{ id: 'f1', result: [{ functionResponse: { id: 'f1' } }] }];
const answered = { id: 'm2', type: 'user', content: [{ functionResponse: { id: 'f1' } }] };
const asked = { id: 'm0', type: 'user', content: [{ text: 'Greet the world' }] };

test('the file of its conversation tells what each answer said and used, once', () => {
  const read = gemini.journal!.reader(SESSION);
  const heard = [asked, answer, { $set: { lastUpdated: 'x' } }, { ...answer, toolCalls }, answered].flatMap(
    (one) => read(one),
  );
  const usage: Heard = {
    ...{ type: 'usage', call: 'm1', model: 'gemini-2.5-pro' },
    usage: { input_tokens: 63, output_tokens: 15, cache_read_tokens: 40, cache_write_tokens: 0 },
  };
  expect(heard).toEqual([{ type: 'text', text: 'I write it.' }, usage, { type: 'turn' }, usage]);
});

test.each([
  undefined,
  [],
  { type: 'gemini' },
  { type: 'gemini', id: 'x', content: 'no tokens' },
  { type: 'gemini', id: 5, tokens },
])('a record %j says nothing', (record) => {
  expect(gemini.journal!.reader(SESSION)(record)).toEqual([]);
});

test('what it tells again of a conversation that it has loaded is not heard', () => {
  const read = gemini.reader({ ...LAUNCH, session: SESSION }, { send: () => undefined, permit: () => true });
  const update = (sessionUpdate: string, rest: object) =>
    read({ method: 'session/update', params: { sessionId: SESSION, update: { sessionUpdate, ...rest } } });
  read({ id: 0, result: { agentCapabilities: { loadSession: true } } });
  read({ id: 1, result: {} });
  expect(update('tool_call', { toolCallId: 'f0', title: 'Writing a', status: 'completed' })).toEqual([]);
  expect(update('tool_call', { toolCallId: 'f1', title: 'Writing b', status: 'in_progress' })).toMatchObject([
    { type: 'tool_use', id: 'f1' },
  ]);
  expect(update('tool_call_update', { toolCallId: 'f1', status: 'completed' })).toMatchObject([
    { type: 'tool_result', id: 'f1' },
  ]);
});

test('models that it asks on the side are told by the answer to its prompt', () => {
  const launch = { ...LAUNCH, model: 'gemini-2.5-pro' };
  const read = gemini.reader(launch, { send: () => undefined, permit: () => true });
  const used = (model: string) => ({ model, token_count: { input_tokens: 600, output_tokens: 30 } });
  const quota = { model_usage: [used('gemini-2.5-pro'), used('gemini-flash'), {}] };
  expect(read({ id: 3, result: { stopReason: 'end_turn', _meta: { quota } } })).toMatchObject([
    { type: 'total', models: [{ model: 'gemini-flash', usage: { input_tokens: 600, output_tokens: 30 } }] },
    { type: 'end' },
  ]);
});

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'gemini-'));
});
afterEach(() => rmSync(home, { recursive: true }));

test('before it goes on, its file gets a name of its own, without what tools answered a second time', () => {
  const chats = join(home, '.gemini/tmp/project/chats');
  mkdirSync(chats, { recursive: true });
  const lines = (records: object[]) => `${records.map((one) => JSON.stringify(one)).join('\n')}\n`;
  writeFileSync(
    join(chats, 'session-2026-12-01T00-36-80f50095.jsonl'),
    lines([
      { sessionId: SESSION },
      { $set: { messages: [asked, answered] } },
      asked,
      { ...answer, toolCalls },
      answered,
    ]),
  );
  writeFileSync(join(chats, 'session-2026-12-01T00-37-80f50095.jsonl'), lines([{ sessionId: SESSION }]));
  gemini.beforeResume!(home, SESSION);
  expect(readdirSync(chats)).toEqual(['session-2000-01-01T00-00-80f50095.jsonl']);
  const kept = readFileSync(join(chats, 'session-2000-01-01T00-00-80f50095.jsonl'), 'utf8');
  expect(kept).toBe(
    lines([{ sessionId: SESSION }, { $set: { messages: [asked] } }, asked, { ...answer, toolCalls }]),
  );
  // once more, it stays as it is
  gemini.beforeResume!(home, SESSION);
  expect(readFileSync(join(chats, 'session-2000-01-01T00-00-80f50095.jsonl'), 'utf8')).toBe(kept);
});
