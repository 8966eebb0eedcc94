import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { firstPauseMs, openLink, type TemporalLink } from '../../api/gateway/link.ts';
import { describeWork } from '../../api/gateway/work.ts';

let link: TemporalLink;
beforeAll(() => {
  link = openLink({ address: inject('temporalAddress'), namespace: 'default' }, {});
});
afterAll(() => link.close());

test('those who read a job at the same time ask once for each running task', async () => {
  const asked = vi.spyOn(link.client.workflow, 'getHandle');
  const tasks = ['a', 'b', 'c'];
  await Promise.all([1, 2, 3].map(() => describeWork(link, 'shared', tasks)));
  expect(asked).toHaveBeenCalledTimes(3);
  await describeWork(link, 'another', tasks);
  expect(asked).toHaveBeenCalledTimes(6);
});

test('a query that meets a workflow task comes again at once; a server under too much load is left in peace', () => {
  expect(firstPauseMs({ code: 8, details: 'consistent query buffer is full, this may be' })).toBeLessThan(50);
  expect(firstPauseMs({ code: 8, details: 'namespace rate limit exceeded' })).toBeGreaterThanOrEqual(1000);
  expect(firstPauseMs({ code: 14, details: 'no connection' })).toBe(100);
});
