import { expect, test } from 'vitest';
import { nextPrompt } from '../../activities/coding/said.ts';
import type { Delivery } from '../../contracts/message.ts';

const store = { getContent: async () => Buffer.from('') };
const message = { message_id: 'm', from: 'operator', content: 'Use blue' } as unknown as Delivery;

test('what came up before it began is told with its task', async () => {
  const told = await nextPrompt(store, { remarks: [], messages: [message] }, 'The task');
  expect(told).toMatch(/^The task\n\n.*Use blue/s);
  expect(await nextPrompt(store, { remarks: [], messages: [] }, 'The task')).toBe('The task');
});

test('when it goes on it is told that alone, or that it was interrupted', async () => {
  const told = await nextPrompt(store, { remarks: ['A person allowed it.'], messages: [message] }, null);
  expect(told).toMatch(/^A person allowed it\.\n\n.*Use blue/s);
  expect(await nextPrompt(store, { remarks: [], messages: [] }, null)).toContain('You were interrupted');
});
