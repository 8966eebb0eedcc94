import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { startApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** A job with a task for a person, and behind it one of a model agent that can be written to. */
async function job(): Promise<string> {
  const tasks = [
    { task_id: 'sign', title: 'Sign', agent: 'human' },
    { task_id: 'notes', title: 'Notes', agent: 'communicator', depends_on: ['sign'] },
  ];
  const submission = { title: 'A test', description: 'Do it', plan: { tasks } };
  const { body } = await api.ask('POST', '/orchestrate/submit', submission);
  await api.ask('POST', `/orchestrate/${body.job_id}/approve`, {});
  await until(async () => {
    const { stats } = (await api.ask('GET', `/orchestrate/${body.job_id}/status`)).body;
    return stats.blocked === 1;
  });
  return `/orchestrate/${body.job_id}`;
}

test('messages are sent under a key once, and read in pages, long ones whole', async () => {
  const path = await job();
  const key = { 'idempotency-key': randomUUID() };
  const short = { to: 'notes', content: 'Be brief' };
  const sent = await api.ask('POST', `${path}/messages`, short, key);
  expect(sent).toMatchObject({ status: 200, body: { message_id: 'm-1' } });
  expect((await api.ask('POST', `${path}/messages`, short, key)).body).toEqual(sent.body);
  const other = await api.ask('POST', `${path}/messages`, { ...short, to: 'all' }, key);
  expect(other).toMatchObject({ status: 409, body: { error: { code: 'idempotency_conflict' } } });

  const long = 'More than fits into a journal. '.repeat(500).trim();
  await api.ask('POST', `${path}/messages`, { to: 'communicator', content: long });
  const first = (await api.ask('GET', `${path}/messages?limit=1`)).body;
  expect(first.messages).toMatchObject([{ id: 'm-1', from_agent: 'operator', content: 'Be brief' }]);
  const second = (await api.ask('GET', `${path}/messages?after=${first.next_after}`)).body;
  expect(second.messages).toHaveLength(1);
  expect(second.messages[0]).toMatchObject({ id: 'm-2', to_agent: 'communicator', content: long });
  const { events } = (
    await api.ask('GET', `${path}/events?limit=500`, undefined, { accept: 'application/json' })
  ).body;
  const last = events.filter(({ type }: { type: string }) => type === 'message').at(-1);
  expect(JSON.stringify(last).length).toBeLessThan(2000);

  await api.ask('POST', `${path}/cancel`, {});
  await until(async () => (await api.ask('GET', `${path}/messages`)).body.messages.length === 2);
  expect((await api.ask('POST', `${path}/messages`, short)).status).toBe(409);
});

test('a receiver that is not there is refused with 404, an empty message with 400, a foreign job with 404', async () => {
  const path = await job();
  const refused = await api.ask('POST', `${path}/messages`, { to: 'nobody', content: 'x' });
  expect(refused).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  expect(refused.body.error.message).toContain('there are: notes');
  const empty = await api.ask('POST', `${path}/messages`, { to: 'notes', content: ' ' });
  expect(empty.body.error.fields).toMatchObject([{ path: 'content' }]);
  expect((await api.ask('GET', '/orchestrate/nope/messages')).status).toBe(404);
  await api.ask('POST', `${path}/cancel`, {});
});
