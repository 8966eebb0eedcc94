import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLink } from '../../api/gateway/link.ts';
import { countPollers } from '../../api/gateway/pollers.ts';
import { reset } from '../setup/reset.ts';
import { until } from '../setup/until.ts';
import { startApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

test('a worker that was not heard of for 90 s is not counted, though Temporal lists it for 5 minutes', async () => {
  const { address, namespace } = api.worker;
  const link = openLink({ address, namespace }, {});
  try {
    await until(async () => (await countPollers(link)) === 1, { what: 'the worker to be counted' });
    expect(await countPollers(link, Date.now() + 91_000)).toBe(0);
    expect((await api.ask('GET', '/readyz')).body).toMatchObject({ ready: true, workers: 1 });
  } finally {
    await link.close();
  }
});

test('without a worker: jobs start and wait, commands get 503 and are applied once when repeated', async () => {
  const tasks = [{ task_id: 'a', title: 'a', agent: 'human' }];
  const body = { title: 'A test', description: 'x', plan: { tasks } };
  const first = (await api.ask('POST', '/orchestrate/submit', body)).body;
  expect(first.status).toBe('awaiting_approval');
  await api.worker.stopWorker();

  const key = { 'idempotency-key': 'once' };
  const add = () => api.ask('POST', `/orchestrate/${first.job_id}/budget`, { add_usd: 5 }, key);
  const [refused, unread, started] = await Promise.all([
    add(),
    api.ask('GET', `/orchestrate/${first.job_id}/status`),
    api.ask('POST', '/orchestrate/submit', body, { prefer: 'wait=1', 'idempotency-key': 'later' }),
  ]);
  for (const answer of [refused, unread]) {
    expect(answer).toMatchObject({ status: 503, body: { error: { code: 'no_worker' } } });
    expect(Number(answer!.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(refused!.body.error.message).toContain('not known whether the request was applied');
  expect(started).toMatchObject({ status: 202, body: { status: 'planning', plan: null } });
  expect(started!.headers.get('location')).toBe(`/orchestrate/${started!.body.job_id}/status`);

  await api.worker.restart();
  expect((await add()).status).toBe(200);
  expect((await add()).status).toBe(200);
  expect((await api.ask('GET', `/orchestrate/${first.job_id}`)).body.budget.limit_usd).toBe(15);
  const again = await api.ask('POST', '/orchestrate/submit', body, { 'idempotency-key': 'later' });
  expect(again).toMatchObject({
    status: 200,
    body: { job_id: started!.body.job_id, status: 'awaiting_approval' },
  });
});

test('a command whose run is reset before it has answered is applied by the run after it, once', async () => {
  const tasks = [{ task_id: 'a', title: 'a', agent: 'human' }];
  const { job_id } = (
    await api.ask('POST', '/orchestrate/submit', { title: 'A test', description: 'x', plan: { tasks } })
  ).body;
  const handle = api.worker.client.workflow.getHandle(`job-${job_id}`);
  const pending = async () => (await handle.describe()).raw.pendingWorkflowTask;
  await until(async () => !(await pending()), { what: 'the job to rest' });
  await api.worker.stopWorker();

  const answered = api.ask('POST', `/orchestrate/${job_id}/budget`, { add_usd: 5 });
  await until(async () => Boolean(await pending()), { what: 'the command to lie with the job' });
  await reset(api.worker, `job-${job_id}`, 'last');
  await api.worker.restart();
  expect(await answered).toMatchObject({ status: 200, body: { job_id } });
  expect((await api.ask('GET', `/orchestrate/${job_id}`)).body.budget.limit_usd).toBe(15);
});
