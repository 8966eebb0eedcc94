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
