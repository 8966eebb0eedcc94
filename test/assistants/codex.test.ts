import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codex } from '../../activities/coding/drivers/codex.ts';
import type { Heard, Launch, Reader } from '../../activities/coding/drivers/driver.ts';
import { LAUNCH, NOBODY } from './launch.ts';

const recorded = (name: string): unknown[] =>
  readFileSync(join(import.meta.dirname, `recorded/${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

const hear = (lines: unknown[], read: Reader = codex.reader(LAUNCH, NOBODY)): Heard[] =>
  lines.flatMap((line) => read(line));

test('what Codex printed is heard; a warning is no tool, and the sums of a whole conversation are no use of this start', () => {
  const command = `/bin/bash -lc 'echo hi > "a b.txt"'`;
  expect(hear(recorded('codex'))).toEqual([
    { type: 'session', id: '01a22e31-6fd8-73e2-8151-80b866c6ac50' },
    { type: 'tool_use', id: 'item_1', name: 'shell', input: { command } },
    {
      type: 'tool_result',
      id: 'item_1',
      content: 'bwrap: execvp codex-linux-sandbox: No such file or directory\n\n[exit code 1]',
      is_error: true,
    },
    { type: 'text', text: 'All done.' },
    { type: 'end', end: { ok: true, text: 'All done.' } },
  ]);
});

test('the file of its conversation tells what each call used, without what came from the cache', () => {
  const usage = (input_tokens: number) => ({
    ...{ input_tokens, output_tokens: 30 },
    ...{ cache_read_tokens: 200, cache_write_tokens: 0 },
  });
  expect(hear(recorded('codex-rollout'), codex.journal!.reader('s'))).toEqual([
    { type: 'usage', call: 'resp_1', model: null, usage: usage(801) },
    { type: 'turn' },
    { type: 'usage', call: 'resp_2', model: null, usage: usage(802) },
    { type: 'turn' },
  ]);
});

test.each([
  ['exceeded retry limit, last status: 429 Too Many Requests', 'rate_limited'],
  ['unexpected status 401 Unauthorized: no', 'auth'],
  ['unexpected status 400 Bad Request: no', 'invalid'],
  ['We’re currently experiencing high demand, which may cause temporary errors.', 'overloaded'],
  ['something else', 'failed'],
])('%s is %s', (message, why) => {
  expect(hear([{ type: 'turn.failed', error: { message } }])).toEqual([
    { type: 'end', end: { ok: false, why, message } },
  ]);
});

test.each([
  null,
  'text',
  { type: 'thread.started' },
  { type: 'item.completed' },
  { type: 'item.completed', item: { type: 'command_execution' } },
  { type: 'item.completed', item: { id: 'x', type: 'agent_message' } },
  { type: 'item.completed', item: { id: 'x', type: 'todo_list', items: [] } },
  { type: 'error', message: 'Reconnecting... 2/5' },
  { type: 'of tomorrow' },
])('a line %j says nothing', (line) => {
  expect(hear([line])).toEqual([]);
  expect(hear([line], codex.journal!.reader('s'))).toEqual([]);
});

test('its rights are its own sandbox, or none inside ours', () => {
  const launch: Launch = { ...LAUNCH, artifacts: '/a "b"' };
  expect(codex.start(launch).args).toContain('sandbox_mode="workspace-write"');
  expect(codex.start(launch).args).toContain('sandbox_workspace_write.writable_roots=["/a \\"b\\""]');
  expect(codex.start({ ...launch, sandboxed: true }).args).toContain('sandbox_mode="danger-full-access"');
  expect(codex.start({ ...launch, session: 's' }).args.slice(-2)).toEqual(['s', '-']);
});
