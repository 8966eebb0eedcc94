import type { ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { CancelledFailure } from '@temporalio/common';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { postJson } from '../../activities/http/post.ts';
import { isReachable } from '../../activities/http/reachable.ts';
import { Config } from '../../contracts/config.ts';
import type { Store } from '../../store/index.ts';
import { until } from '../setup/until.ts';
import {
  AGENTS_ON_LOOPBACK,
  depsOf,
  failureOf,
  newEnvironment,
  openTestStore,
  type Received,
  requestOf,
  run,
  startAgent,
} from './setup.ts';

let store: Store;
const agents: Awaited<ReturnType<typeof startAgent>>[] = [];

beforeAll(async () => {
  store = await openTestStore();
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
});
afterAll(() => store.close());

async function agentThat(answer: (response: ServerResponse, received: Received) => void) {
  const agent = await startAgent(answer);
  agents.push(agent);
  return agent;
}

const answering = (status: number, body: unknown = '', headers: Record<string, string> = {}) =>
  agentThat((response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });

const tokenOf = (received: Received | undefined) => received?.brief.callback_url.split('/').at(-1) ?? '';

describe('the brief', () => {
  test('holds the task, its context, the artifacts before it and one callback address', async () => {
    const agent = await answering(200, {});
    const before = Date.now();
    const artifact = {
      artifact_id: 'a1',
      name: 'in.txt',
      media_type: 'text/plain',
      size_bytes: 3,
      sha256: 'x',
      task_id: 't0',
    };
    const dependency = {
      task_id: 't0',
      title: 'T',
      status: 'completed' as const,
      output: null,
      artifacts: [artifact],
    };
    await run(requestOf({ timeout_seconds: 60 }, { dependencies: [dependency] }), depsOf(store, agent.url));
    const { brief, headers, path } = agent.received[0]!;
    expect(path).toBe('/work');
    expect(headers['content-type']).toBe('application/json');
    expect(headers['idempotency-key']).toBe('job1/t1/1/1');
    const { callback_url, deadline_at, ...rest } = brief;
    expect(rest).toEqual({
      job_id: 'job1',
      owner: 'local',
      task_id: 't1',
      attempt: 1,
      title: 'Translate',
      description: 'into French',
      context_url: 'http://orchestrator.test/orchestrate/job1/task/t1/context',
      artifacts: [
        {
          name: 'in.txt',
          media_type: 'text/plain',
          size_bytes: 3,
          sha256: 'x',
          url: 'http://orchestrator.test/orchestrate/job1/artifacts/a1',
        },
      ],
    });
    expect(callback_url).toMatch(/^http:\/\/orchestrator\.test\/callbacks\/[\w-]{40,}$/);
    const left = Date.parse(deadline_at) - before;
    expect(left).toBeGreaterThan(59_000);
    expect(left).toBeLessThan(62_000);
  });

  test('tells the criteria in words and how the attempt before went', async () => {
    const agent = await answering(200, {});
    const previous_failure = { code: 'bad', message: 'it broke', tail: 'last words', retryable: true };
    const criteria = [{ criterion_id: 'c1', text: 'It is French' }];
    await run(requestOf({}, { previous_failure, criteria }), depsOf(store, agent.url));
    const { description } = agent.received[0]!.brief;
    for (const part of ['into French', '- It is French', 'it broke', 'last words'])
      expect(description).toContain(part);
  });
});

describe('answers', () => {
  test('200 completes with output, data and artifacts of all three kinds', async () => {
    const long = 'é'.repeat(5000);
    const agent = await answering(200, {
      output: long,
      outputs: { words: 2 },
      artifacts: [
        { name: 'a.md', media_type: 'text/markdown', content: '# hi' },
        { name: 'b.bin', content_base64: Buffer.from([0, 255]).toString('base64') },
        { name: 'c', url: 'https://example.com/c' },
      ],
    });
    const result = await run(requestOf(), depsOf(store, agent.url));
    if (result.status !== 'completed') throw new Error(result.status);
    expect(result).toMatchObject({ agent: 'translator', worker: 'host:1' });
    expect(await store.readOutput(result.output)).toEqual({ text: long, data: { words: 2 } });
    const stored = await Promise.all(result.artifacts.map(({ sha256 }) => store.getContent(sha256)));
    expect(result.artifacts.map(({ name, media_type, task_id }) => [name, media_type, task_id])).toEqual([
      ['a.md', 'text/markdown', 't1'],
      ['b.bin', 'application/octet-stream', 't1'],
      ['c', 'text/uri-list', 't1'],
    ]);
    expect(stored.map((bytes) => bytes.toString('latin1'))).toEqual([
      '# hi',
      '\u0000ÿ',
      'https://example.com/c\r\n',
    ]);
  });

  test('202 waits for one callback, which knows its task and attempt', async () => {
    const agent = await answering(202);
    const result = await run(requestOf({}, { attempt: 2 }), depsOf(store, agent.url));
    expect(result).toEqual({ status: 'waiting_callback', worker: 'host:1', agent: 'translator' });
    const token = tokenOf(agent.received[0]);
    expect(await store.findCallback(token)).toMatchObject({
      job_id: 'job1',
      task_id: 't1',
      workflow_id: 'job-job1/task-t1',
      attempt: 2,
      used_at: null,
      expires_at: agent.received[0]?.brief.deadline_at,
    });
    expect(await store.markCallbackUsed(token)).toBe(true);
  });

  test.each([
    ['completed', 200],
    ['failed', 500],
    ['blocked', 503],
  ])('an attempt that is %s takes no late answer', async (_, status) => {
    const agent = await answering(status, {});
    await run(requestOf(), depsOf(store, agent.url)).catch(() => {});
    expect(await store.markCallbackUsed(tokenOf(agent.received[0]))).toBe(false);
  });

  test('an agent may be found by capabilities, never a person', async () => {
    const agent = await answering(200, { output: 'x' });
    const request = requestOf({ agent: null, capabilities: ['translation'] });
    expect(await run(request, depsOf(store, agent.url))).toMatchObject({
      status: 'completed',
      agent: 'translator',
    });
  });
});

describe('nobody there blocks the task', () => {
  test('503', async () => {
    const agent = await answering(503);
    expect(await run(requestOf(), depsOf(store, agent.url))).toMatchObject({
      status: 'blocked',
      reason: 'no_agent',
      agent: 'translator',
    });
  });

  test('a refused connection', async () => {
    const agent = await startAgent(() => {});
    await agent.stop();
    const result = await run(requestOf(), depsOf(store, agent.url));
    expect(result).toMatchObject({ status: 'blocked', reason: 'no_agent' });
    expect(JSON.stringify(result)).toContain('ECONNREFUSED');
  });

  test('an agent that is not in the roster', async () => {
    const result = await run(requestOf({ agent: 'nobody' }), depsOf(store, 'http://127.0.0.1:1'));
    expect(result).toMatchObject({ status: 'blocked', reason: 'no_agent' });
    expect(JSON.stringify(result)).toContain('nobody');
  });
});

describe('failures', () => {
  test.each([
    [500, 'agent_http_error', true],
    [429, 'agent_http_error', true],
    [404, 'agent_http_error', false],
    [204, 'agent_answer_invalid', false],
  ])('%i fails the attempt', async (status, code, retryable) => {
    const agent = await answering(status, status === 204 ? '' : 'the reason');
    const error = await failureOf(run(requestOf(), depsOf(store, agent.url)));
    expect(error).toMatchObject({ code, retryable });
    expect(error.message).toContain(String(status));
    if (status !== 204) expect(error.tail).toBe('the reason');
  });

  test('redirects are not followed', async () => {
    const target = await answering(200, {});
    const agent = await answering(307, '', { location: target.url });
    const error = await failureOf(run(requestOf(), depsOf(store, agent.url)));
    expect(error).toMatchObject({ code: 'agent_redirected', retryable: false });
    expect(target.received).toEqual([]);
  });

  test('an invalid body names every mistake by field', async () => {
    const agent = await answering(200, { output: 1, artifacts: [{ name: 'x' }], extra: true });
    const { code, message } = await failureOf(run(requestOf(), depsOf(store, agent.url)));
    expect(code).toBe('agent_answer_invalid');
    for (const part of ['output:', 'artifacts.0:', 'extra: unknown field']) expect(message).toContain(part);
  });

  test('a body that is not JSON', async () => {
    const agent = await answering(200, '<html>');
    expect(await failureOf(run(requestOf(), depsOf(store, agent.url)))).toMatchObject({ tail: '<html>' });
  });

  test("the agent's own error is the attempt's", async () => {
    const agent = await answering(200, {
      output: 'log',
      error: { code: 'no_words', message: 'empty', retryable: false },
    });
    expect(await failureOf(run(requestOf(), depsOf(store, agent.url)))).toEqual({
      code: 'no_words',
      message: 'empty',
      retryable: false,
      tail: 'log',
    });
  });

  test('no answer in time', async () => {
    const agent = await agentThat(() => {});
    const deps = depsOf(store, agent.url, { agent: { answer_timeout_seconds: 0.2 } });
    expect(await failureOf(run(requestOf(), deps))).toMatchObject({ code: 'agent_timeout', retryable: true });
  });

  test('a connection that breaks after the brief was taken', async () => {
    const agent = await agentThat((response) => response.destroy());
    const error = await failureOf(run(requestOf(), depsOf(store, agent.url)));
    expect(error).toMatchObject({ code: 'agent_connection_lost', retryable: true });
  });

  test('an answer that is too long is not read to its end', async () => {
    let sent = 0;
    const agent = await agentThat((response) => {
      const chunk = 'x'.repeat(64 * 1024);
      const more = () => {
        while (!response.destroyed && sent < 500_000_000 && response.write(chunk)) sent += chunk.length;
      };
      response.writeHead(200).on('drain', more);
      more();
    });
    const result = await postJson({ tools: AGENTS_ON_LOOPBACK }, agent.url, {
      body: {},
      headers: {},
      timeout_seconds: 10,
      signal: new AbortController().signal,
      max_bytes: 100_000,
    });
    expect(result).toMatchObject({ kind: 'broken', code: 'agent_answer_too_large' });
    await until(() => agent.aborted() === 1, { what: 'the connection to be given up' });
    expect(sent).toBeLessThan(100_000_000);
  });
});

describe('addresses inside', () => {
  const target = (base_url: string) => ({
    agent: 'inside',
    target: { base_url, task_queue: null, sla_seconds: null, lease_id: 'l' },
  });
  /** resolves every name to a public address first, and to this machine ever after */
  const rebinding = (): LookupFunction => {
    let looks = 0;
    return (_, options, done) => {
      const address = looks++ === 0 ? '93.184.216.34' : '127.0.0.1';
      if (options.all) done(null, [{ address, family: 4 }]);
      else done(null, address, 4);
    };
  };

  test.each(['127.0.0.1', 'localhost', '2130706433', '0x7f000001', '[::ffff:127.0.0.1]', 'rebind.example'])(
    'an agent at %s gets nothing and nothing of its answer is shown',
    async (host) => {
      const agent = await answering(500, { secret: 'inside' });
      const { port } = new URL(agent.url);
      const url = `http://${host}:${port}/work`;
      const lookup = rebinding();
      // somebody looked at the name before the connection does
      if (host === 'rebind.example') lookup(host, { all: true }, () => {});
      const closed = { config: Config.parse({}), ...(host === 'rebind.example' ? { lookup } : {}) };
      for (const [request, deps] of [
        [requestOf({ agent: 'inside' }, target(url)), depsOf(store, agent.url)],
        [requestOf(), depsOf(store, url)],
      ] as const) {
        const error = await failureOf(run(request, { ...deps, ...closed }));
        expect(error).toMatchObject({ code: 'agent_address_refused', retryable: false });
        expect(error.message).toContain('tools.allow_private_hosts');
        expect(error.tail).toBeUndefined();
      }
      expect(await isReachable({ tools: closed.config.tools, lookup: closed.lookup }, url)).toBe(false);
      expect(agent.received).toEqual([]);
    },
  );

  test('one that redirects there is not followed', async () => {
    const inside = await answering(200, { output: 'inside' });
    const agent = await agentThat((response) => response.writeHead(307, { location: inside.url }).end());
    const error = await failureOf(run(requestOf(), depsOf(store, agent.url)));
    expect(error.code).toBe('agent_redirected');
    expect(inside.received).toEqual([]);
  });
});

describe('secrets', () => {
  const agent = { headers: { authorization: 'Bearer ${secret:TOKEN}' } };

  test('are sent in headers and kept out of what the agent echoes', async () => {
    const server = await agentThat((response, { headers }) =>
      response.writeHead(500).end(`got ${headers.authorization}`),
    );
    const deps = depsOf(store, server.url, { agent, secrets: { TOKEN: 's3cret-value' } });
    const error = await failureOf(run(requestOf(), deps));
    expect(server.received[0]?.headers.authorization).toBe('Bearer s3cret-value');
    expect(error.tail).toBe('got Bearer ***');
  });

  test('a missing one fails the task by name and nothing is sent', async () => {
    const server = await answering(200, {});
    const error = await failureOf(run(requestOf(), depsOf(store, server.url, { agent })));
    expect(error).toMatchObject({ code: 'secret_missing', retryable: false });
    expect(error.message).toContain('ORCHESTRATOR_SECRET_TOKEN');
    expect(server.received).toEqual([]);
  });
});

describe('cancellation and heartbeats', () => {
  test('a cancel ends the request and is told to Temporal as one', async () => {
    const agent = await agentThat(() => {});
    const environment = newEnvironment();
    const attempt = run(requestOf(), depsOf(store, agent.url), environment);
    const ended = expect(attempt).rejects.toBeInstanceOf(CancelledFailure);
    await until(() => agent.received.length === 1, { what: 'the brief' });
    environment.cancel();
    await ended;
    await until(() => agent.aborted() === 1, { what: 'the connection to be given up' });
    expect(await store.markCallbackUsed(tokenOf(agent.received[0]))).toBe(false);
  });

  test('nothing is sent after a cancel', async () => {
    const agent = await answering(200, {});
    const environment = newEnvironment();
    environment.cancel();
    await expect(run(requestOf(), depsOf(store, agent.url), environment)).rejects.toBeInstanceOf(
      CancelledFailure,
    );
    expect(agent.received).toEqual([]);
  });

  test('it heartbeats while it waits', async () => {
    const release: (() => void)[] = [];
    const agent = await agentThat((response) => release.push(() => response.writeHead(200).end('{}')));
    const environment = newEnvironment();
    let beats = 0;
    environment.on('heartbeat', () => beats++);
    const attempt = run(requestOf(), depsOf(store, agent.url), environment);
    await until(() => beats >= 3, { what: 'three heartbeats' });
    for (const answer of release) answer();
    expect(await attempt).toMatchObject({ status: 'completed' });
  });
});
