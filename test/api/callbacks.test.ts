import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AgentBrief } from '../../contracts/http-agent.ts';
import { AGENTS_ON_LOOPBACK } from '../http-agent/setup.ts';
import { until } from '../setup/until.ts';
import { startApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
let agent: Server;
const briefs: AgentBrief[] = [];
beforeAll(async () => {
  agent = createServer(async (request, response) => {
    briefs.push((await json(request)) as AgentBrief);
    response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const base_url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
  api = await startApi({
    config: {
      tools: AGENTS_ON_LOOPBACK,
      agents: [
        {
          name: 'service',
          description: '',
          capabilities: [],
          base_url,
          headers: {},
          answer_timeout_seconds: 10,
        },
      ],
    },
  });
});
afterAll(async () => {
  await api.close();
  agent.close();
});

/** Starts a job whose one task is with the agent, and gives the path of its callback. */
async function begin(): Promise<{ job_id: string; path: string }> {
  const tasks = [{ task_id: 'far', title: 'Far', agent: 'service', max_attempts: 1 }];
  const body = { title: 'A test', description: 'x', approval: 'auto', plan: { tasks } };
  const { job_id } = (await api.ask('POST', '/orchestrate/submit', body)).body;
  const brief = await until(() => briefs.find((one) => one.job_id === job_id), { what: 'the brief' });
  return { job_id, path: new URL(brief.callback_url).pathname };
}
const reach = (job_id: string, status: string) =>
  until(
    async () => {
      const { body } = await api.ask('GET', `/orchestrate/${job_id}`);
      return body.status === status ? body : undefined;
    },
    { what: `the job to be ${status}` },
  );

test('an answer at the callback address completes the task; the address takes one only', async () => {
  const { job_id, path } = await begin();
  const wrong = await api.ask('POST', path, { output: 5, colour: 'red' });
  expect(wrong.status).toBe(400);
  const output = 'long '.repeat(1000);
  const artifacts = [{ name: 'note.txt', content: 'a note' }];
  expect((await api.ask('POST', path, { output, outputs: { n: 1 }, artifacts })).status).toBe(200);
  expect((await api.ask('POST', path, { output: 'again' })).status).toBe(410);
  const view = await reach(job_id, 'completed');
  expect(view.tasks[0]).toMatchObject({ status: 'completed', outputs: { n: 1 } });
  expect(output).toContain(view.tasks[0].output_preview);
  const { artifacts: kept } = (await api.ask('GET', `/orchestrate/${job_id}/artifacts`)).body;
  expect(kept).toContainEqual(expect.objectContaining({ name: 'note.txt', task_id: 'far' }));
});

test('an error at the callback address fails the attempt', async () => {
  const { job_id, path } = await begin();
  const error = { code: 'no_luck', message: 'It did not work.', retryable: false };
  expect((await api.ask('POST', path, { error })).status).toBe(200);
  const view = await reach(job_id, 'needs_review');
  expect(view.tasks[0].error).toMatchObject({ code: 'no_luck', message: 'It did not work.' });
});

test('an answer after the job was cancelled is too late', async () => {
  const { job_id, path } = await begin();
  expect((await api.ask('POST', `/orchestrate/${job_id}/cancel`)).body.status).toBe('cancelled');
  expect((await api.ask('POST', path, { output: 'late' })).status).toBe(410);
});

test('at an address that was never given out, or is used up, no body is read', async () => {
  const { job_id, path } = await begin();
  expect((await api.ask('POST', path, { output: 'done' })).status).toBe(200);
  let pulled = 0;
  const send = (to: string) =>
    api.app.request(to, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            pulled += 1;
            controller.enqueue(new Uint8Array(1000).fill(32));
          },
        },
        { highWaterMark: 0 },
      ),
      duplex: 'half',
    } as RequestInit);
  expect((await send('/callbacks/nobody-has-it')).status).toBe(404);
  expect((await send(path)).status).toBe(410);
  expect(pulled).toBe(0);
  await reach(job_id, 'completed');
});
