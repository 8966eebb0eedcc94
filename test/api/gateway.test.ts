import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { sendCommand } from '../../api/gateway/commands.ts';
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

test('of many commands to a job at once a few are with Temporal, and those to another job do not wait for them', async () => {
  const open = new Map<string, (() => void)[]>();
  const handle = (id: string) => ({
    executeUpdate: (name: string) =>
      new Promise((resolve, reject) => {
        const end = name === 'pause' ? () => reject(new Error('refused')) : () => resolve({});
        open.set(id, [...(open.get(id) ?? []), end]);
      }),
  });
  vi.spyOn(link.client.workflow, 'getHandle').mockImplementation(handle as never);
  const send = (job_id: string, name: 'pause' | 'resume', request_id: string) =>
    sendCommand(link, job_id, name, {}, { request_id, body_hash: '', actor: 'somebody' });
  const many = Array.from({ length: 40 }, (_, index) =>
    send('busy', index % 2 === 0 ? 'pause' : 'resume', `command ${index}`),
  );
  const one = send('quiet', 'resume', 'alone');
  const taken = async (id: string) => {
    await vi.waitFor(() => expect(open.get(id)?.length).toBeGreaterThan(0));
    return open.get(id)!.splice(0);
  };
  for (const end of await taken('job-quiet')) end();
  expect(await one).toEqual({ answer: {} });
  const settled = Promise.allSettled(many);
  for (let left = many.length; left > 0; ) {
    const now = await taken('job-busy');
    // of the ten that Temporal takes, for all processes of the API together
    expect(now.length).toBeLessThanOrEqual(4);
    for (const end of now) end();
    left -= now.length;
  }
  const statuses = (await settled).map(({ status }) => status);
  expect(statuses.filter((status) => status === 'rejected')).toHaveLength(20);
});
