import { expect, test } from 'vitest';
import { eventWords } from '../../contracts/event-words.ts';

const amount = (name: string, value: number) => `${name}=${value}`;

test('an event says who, and then what its data holds in words and amounts, in one order', () => {
  const data = {
    output_preview: 'All done.',
    cost_usd: 0.25,
    spent_usd: 0,
    title: 'Write it',
    lease_id: 'call-1',
    outputs: { text: 'kept elsewhere' },
  };
  expect(eventWords({ actor: 'alice', data }, amount)).toEqual([
    'by alice',
    'Write it',
    'cost_usd=0.25',
    'All done.',
  ]);
});

test('an error says its message', () => {
  const data = { error: { code: 'timeout', message: 'It took too long.' }, delay_seconds: 4 };
  expect(eventWords({ data }, amount)).toEqual(['It took too long.', 'delay_seconds=4']);
});

test('an event of a repository job says how a check ended, of which tasks and files, and how much changed', () => {
  const words = (data: Record<string, unknown>) => eventWords({ data }, amount);
  expect(words({ task_ids: ['a', 'b'], passed: false, how: 'exit code 1', flaky: false })).toEqual([
    'exit code 1',
    'failed',
    'a, b',
  ]);
  expect(eventWords({ task_id: 'a', data: { task_ids: ['a'] } }, amount)).toEqual([]);
  expect(eventWords({ task_id: 'a', data: { task_ids: ['a', 'b'] } }, amount)).toEqual(['a, b']);
  expect(words({ passed: true, definition_changed: ['package.json'] })).toEqual([
    'passed',
    'as the base defines it: package.json was changed',
  ]);
  expect(words({ passed: true, flaky: true })).toEqual(['passed', 'only when it was repeated']);
  expect(words({ head_sha: 'abc', files_changed: 1, insertions: 2, deletions: 0 })).toEqual(['1 file +2 -0']);
  const files = Array.from({ length: 30 }, (_, index) => `${index}.ts`);
  expect(words({ files, hunks_ref: 'h' })[0]).toMatch(/^0\.ts, .*, 9\.ts, 20 more$/);
  expect(words({ kind: 'pull_request', ref: 'x', pull_request: 'https://host/pr/1' })).toEqual([
    'pull_request',
    'x',
    'https://host/pr/1',
  ]);
});
