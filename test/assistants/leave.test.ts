import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Question } from '../../activities/coding/drivers/driver.ts';
import { createLeave } from '../../activities/coding/leave.ts';
import { type RunState, readRunState } from '../../activities/coding/run-state.ts';
import type { CodingPermissions } from '../../contracts/coding.ts';
import type { CodingGrant } from '../../contracts/coding-leave.ts';
import { LAUNCH } from './launch.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leave-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const leave = (permissions: CodingPermissions, grants: CodingGrant[] = []) => {
  const state_file = join(folder, 'state.json');
  const state: RunState = readRunState(state_file) ?? { session: null, open_call: null, parked: 0 };
  const setting = { settings: { ...LAUNCH.settings, permissions }, cwd: '/work', artifacts: '/made' };
  return createLeave(setting, grants, { state, state_file });
};

const question = (given: Partial<Question> = {}): Question => ({
  ...{ tool_use_id: 't', tool: 'bash', kind: 'other', paths: [] },
  input: { command: 'make', description: 'builds it' },
  ...given,
});

test.each([
  ['looking in its folder', question({ kind: 'look', paths: ['/work/a', 'b'] }), true],
  ['looking at nothing that is named', question({ kind: 'look' }), true],
  ['looking elsewhere', question({ kind: 'look', paths: ['/work/a', '/etc/passwd'] }), false],
  ['looking beside its folder', question({ kind: 'look', paths: ['/workshop/a'] }), false],
  ['looking above it', question({ kind: 'look', paths: ['/work/../etc/passwd'] }), false],
  ['changing its folder', question({ kind: 'edit', paths: ['/work/a'] }), true],
  ['changing what becomes an artifact', question({ kind: 'edit', paths: ['/made/a'] }), true],
  ['changing what is not named', question({ kind: 'edit' }), false],
  ['anything else', question(), false],
])('with edit, %s', (_, asked, may) => {
  const given = leave('edit');
  expect(given.permit(asked)).toBe(may);
  expect(given.asked()).toBeNull();
});

test('with all, everything is allowed, and nobody is asked', () => {
  expect(leave('all').permit(question())).toBe(true);
});

test('with ask, a person is asked the first thing only, and long arguments stay out of histories', () => {
  const given = leave('ask');
  expect(given.permit(question({ kind: 'edit', paths: ['/work/a'] }))).toBe(true);
  expect(given.permit(question({ input: { command: 'x'.repeat(5000) } }))).toBeNull();
  expect(given.permit(question())).toBeNull();
  expect(given.asked()).toEqual({
    ...{ tool: 'bash', tool_use_id: 't', arguments: null },
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

/** What a person decides about a question. */
function decided(asked: Question, allowed: boolean, edited: CodingGrant['edited'] = null): CodingGrant {
  const given = leave('ask');
  given.permit(asked);
  const { tool, fingerprint } = given.asked()!;
  return { approval_id: 'a', tool, fingerprint, allowed, edited };
}

test('what was allowed is allowed once, however it is worded, also after the worker was killed', () => {
  const grants = [decided(question(), true)];
  const again = question({ tool_use_id: 'u', input: { description: 'builds all', command: 'make' } });
  expect(leave('ask', grants).permit(question({ input: { command: 'make install' } }))).toBeNull();
  expect(leave('ask', grants).permit(again)).toBe(true);
  expect(leave('ask', grants).permit(again)).toBeNull();
});

test('what was denied stays denied', () => {
  const grants = [decided(question(), false)];
  const given = leave('ask', grants);
  expect([given.permit(question()), given.permit(question())]).toEqual([false, false]);
  expect(given.asked()).toBeNull();
});

test('what a person changed is allowed as it was changed', () => {
  const grants = [decided(question(), true, { command: 'make test' })];
  expect(leave('ask', grants).permit(question())).toBeNull();
  expect(leave('ask', grants).permit(question({ input: { command: 'make test' } }))).toBe(true);
});
