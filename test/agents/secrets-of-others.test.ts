import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { ApplicationFailure } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentBrief } from '../../contracts/http-agent.ts';
import { AgentRegistration } from '../../contracts/registry.ts';
import { startApi } from '../api/setup.ts';
import { AGENTS_ON_LOOPBACK } from '../http-agent/setup.ts';
import { until } from '../setup/until.ts';
import { allThatIsKept } from './kept.ts';

// Agents that are programs of others get secrets, by a header for one, and may say them: at once, at the callback
// address, or as a worker on a task queue.

const SECRET = 'hunter2-of-the-"owner"';
/** whatever an agent can answer, with the secret in each part of it */
const ANSWER = {
  output: `the key is ${SECRET}, ${'x'.repeat(3000)} and again ${SECRET}`,
  outputs: { key: SECRET, [`of ${SECRET}`]: [SECRET, Buffer.from(SECRET).toString('base64')] },
  artifacts: [
    { name: `${SECRET}.txt`, content: `says ${SECRET}` },
    { name: 'bytes.bin', content_base64: Buffer.from(`\0\0${SECRET}\0`).toString('base64') },
    { name: 'link', url: `https://example.com/?key=${encodeURIComponent(SECRET)}` },
  ],
};
const ERROR = { code: 'no_luck', message: `refused with ${SECRET}`, retryable: false };

let api: Awaited<ReturnType<typeof startApi>>;
let agent: Server;
/** by the title of the task: what is answered at once; without, it answers later */
const AT_ONCE: Record<string, { status: number; body: unknown }> = {
  answered: { status: 200, body: ANSWER },
  failed: { status: 200, body: { output: `wrong: ${SECRET}`, error: ERROR } },
  broken: { status: 500, body: `no JSON, but ${SECRET}` },
  unreadable: { status: 200, body: `${SECRET} is no JSON` },
  odd: { status: 200, body: { output: 'x', [SECRET]: SECRET } },
};
const briefs: AgentBrief[] = [];

beforeAll(async () => {
  agent = createServer(async (request, response) => {
    const brief = (await json(request)) as AgentBrief;
    expect(request.headers.authorization).toBe(`Bearer ${SECRET}`);
    briefs.push(brief);
    const { status, body } = AT_ONCE[brief.title] ?? { status: 202, body: '' };
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const base_url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
  const headers = { Authorization: 'Bearer ${secret:DEPLOY}' };
  const config = {
    tools: AGENTS_ON_LOOPBACK,
    agents: [
      { name: 'far', description: '', capabilities: [], base_url, headers, answer_timeout_seconds: 10 },
    ],
  };
  api = await startApi({ config, worker: { secrets: { DEPLOY: SECRET } } });
});
afterAll(async () => {
  await api.close();
  agent.close();
});

async function begin(title: string, name: string): Promise<string> {
  const tasks = [{ task_id: 'only', title, agent: name, max_attempts: 1 }];
  const body = {
    title: 'A test',
    description: 'x',
    approval: 'auto',
    on_task_failure: 'fail',
    plan: { tasks },
  };
  const { status, body: answer } = await api.ask('POST', '/orchestrate/submit', body);
  expect(status, JSON.stringify(answer)).toBeLessThan(300);
  return answer.job_id;
}

/** That the job has ended so, that the secret was said in it, and that nothing of it is kept. */
async function expectClean(job_id: string, end: 'completed' | 'failed', of = { tasks: true }): Promise<void> {
  const job = await until(
    async () => {
      const { body } = await api.ask('GET', `/orchestrate/${job_id}`);
      return body.finished_at !== null && body;
    },
    { timeoutMs: 60_000, what: 'the end' },
  );
  expect(job.status).toBe(end);
  const kept = await allThatIsKept(api.worker, job_id, of);
  expect(kept).toContain('***');
  // the first is a part of it
  for (const form of ['hunter2', SECRET, JSON.stringify(SECRET).slice(1, -1), encodeURIComponent(SECRET)]) {
    expect(kept).not.toContain(form);
  }
  expect(kept).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, -2));
}

describe('over HTTP', () => {
  test.each([
    ['answered', 'completed'],
    ['failed', 'failed'],
    ['broken', 'failed'],
    ['unreadable', 'failed'],
    ['odd', 'failed'],
  ] as const)('at once: %s', async (title, end) => {
    await expectClean(await begin(title, 'far'), end);
  });

  test.each([
    ['an answer', ANSWER, 'completed'],
    ['an error', { output: `wrong: ${SECRET}`, error: ERROR }, 'failed'],
  ] as const)('at the callback address: %s', async (title, answer, end) => {
    const job_id = await begin(title, 'far');
    const brief = await until(() => briefs.find((one) => one.job_id === job_id), { what: 'the brief' });
    const told = await api.ask('POST', new URL(brief.callback_url).pathname, answer);
    expect(told.status, JSON.stringify(told.body)).toBe(200);
    await expectClean(job_id, end);
  });
});

// What such a worker hands to Temporal itself stands in the history of its task as it said it.
describe('on a task queue', () => {
  let connection: NativeConnection;
  let running: Worker;
  let done: Promise<void>;
  beforeAll(async () => {
    connection = await NativeConnection.connect({ address: api.worker.address });
    running = await Worker.create({
      connection,
      namespace: api.worker.namespace,
      taskQueue: 'others',
      activities: {
        async execute_task({ title }: AgentBrief) {
          if (title === 'answers') return ANSWER;
          if (title === 'errs') return { error: ERROR };
          if (title === 'odd') return { output: 5, [SECRET]: SECRET };
          throw ApplicationFailure.nonRetryable(`thrown with ${SECRET}`, `of ${SECRET}`);
        },
      },
    });
    done = running.run();
    const registration = { agent_id: 'queue', agent_name: 'queue', task_queue: 'others' };
    await api.store.registerAgent('local', AgentRegistration.parse(registration));
  });
  afterAll(async () => {
    running.shutdown();
    await done;
    await connection.close();
  });

  test.each([
    ['answers', 'completed'],
    ['errs', 'failed'],
    ['odd', 'failed'],
    ['throws', 'failed'],
  ] as const)('%s', async (title, end) => {
    await expectClean(await begin(title, 'queue'), end, { tasks: false });
  });
});
