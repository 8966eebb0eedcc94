import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AGENT_APPEARED, SWEEP_ID } from '../../contracts/names.ts';
import { AGENTS_ON_LOOPBACK, type Received, startAgent } from '../http-agent/setup.ts';
import { until } from '../setup/until.ts';
import { startApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
const servers: Awaited<ReturnType<typeof startAgent>>[] = [];
const ids: string[] = [];
beforeAll(async () => {
  api = await startApi({ config: { limits: { max_workers: 50 } as never, tools: AGENTS_ON_LOOPBACK } });
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const id of ids.splice(0)) await api.ask('DELETE', `/agents/${id}`);
});
afterAll(() => api.close());

async function serve(answer: (response: ServerResponse, received: Received) => void) {
  const server = await startAgent(answer);
  servers.push(server);
  return server;
}
const says = (output: string) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ output }));
};

/** Registers an agent that can do `skill`. */
async function register(agent_id: string, base_url: string, skill: string, rest: object = {}) {
  ids.push(agent_id);
  const capabilities = [{ name: skill }];
  const body = { agent_id, agent_name: agent_id, base_url, capabilities, ...rest };
  return await api.ask('POST', '/agents', body);
}

/** Starts a job with these tasks, at once. */
async function submit(...tasks: object[]): Promise<string> {
  const withTitles = tasks.map((task, index) => ({ task_id: `t${index}`, title: `Task ${index}`, ...task }));
  const plan = { tasks: withTitles };
  const answer = await api.ask('POST', '/orchestrate/submit', {
    ...{ title: 'A test', description: 'x', approval: 'auto', max_workers: 50, plan },
  });
  expect(answer.status).toBe(201);
  return answer.body.job_id;
}
const view = async (job_id: string) => (await api.ask('GET', `/orchestrate/${job_id}`)).body;
const reach = (job_id: string, ...statuses: string[]) =>
  until(
    async () => {
      const body = await view(job_id);
      return statuses.includes(body.status) ? body : undefined;
    },
    { what: `the job to be ${statuses}` },
  );
const blocked = (job_id: string) =>
  until(async () => (await view(job_id)).tasks[0].reason === 'no_agent', { what: 'the task to wait' });

describe('registration', () => {
  test('an agent is listed with the roster, is heard of, and is forgotten', async () => {
    const capabilities = [
      {
        name: 'translate',
        description: 'Translates',
        parameters: { to: 'fr' },
        cost_estimate: 0.5,
        tags: ['French'],
      },
    ];
    const body = {
      agent_id: 'T-1',
      agent_name: 'Translator',
      domain: 'text',
      base_url: 'http://127.0.0.1:1/',
      capabilities,
      sla_seconds: 30,
      max_concurrency: 2,
      colour: 'passed over',
    };
    ids.push('T-1');
    const first = await api.ask('POST', '/agents', body);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      agent_id: 'T-1',
      name: 'Translator',
      kind: 'http',
      domain: 'text',
      skills: ['translate', 'French'],
      capabilities,
      health: 'online',
      load: 0,
      max_concurrency: 2,
      sla_seconds: 30,
      registered: true,
    });
    expect((await api.ask('POST', '/agents', body)).status).toBe(200);
    const heard = await api.ask('POST', '/agents/T-1/heartbeat', {});
    expect(heard.status).toBe(200);
    const names = async (query: string) =>
      (await api.ask('GET', `/agents${query}`)).body.agents.map((agent: { name: string }) => agent.name);
    expect(await names('')).toEqual(expect.arrayContaining(['command', 'human', 'coder', 'Translator']));
    expect(await names('?capability=french')).toEqual(['Translator']);
    expect(await names('?domain=TEXT&health=online')).toEqual(['Translator']);
    expect(await names('?domain=text&health=offline')).toEqual([]);
    expect((await api.ask('DELETE', '/agents/T-1')).body).toEqual({ agent_id: 'T-1', status: 'removed' });
    for (const [method, path] of [
      ['DELETE', '/agents/T-1'],
      ['POST', '/agents/T-1/heartbeat'],
    ] as const) {
      expect((await api.ask(method, path)).status).toBe(404);
    }
  });

  test.each([
    [{}, ['agent_id', 'agent_name']],
    [{ agent_id: 'a b', agent_name: 'A', base_url: 'ftp://x' }, ['agent_id', 'base_url']],
    [{ agent_id: 'a', agent_name: 'A' }, ['base_url']],
    [{ agent_id: 'a', agent_name: 'A', base_url: 'http://x', task_queue: 'q' }, ['task_queue']],
    [{ agent_id: 'a', agent_name: 'A', task_queue: 'orchestrator' }, ['task_queue']],
    [{ agent_id: 'a', agent_name: 'A', base_url: 'http://x', max_concurrency: 0 }, ['max_concurrency']],
  ])('what is wrong with it is told by field: %j', async (body, paths) => {
    const answer = await api.ask('POST', '/agents', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.fields.map(({ path }: { path: string }) => path)).toEqual(paths);
  });

  test.each([
    'http://10.0.0.1/',
    'http://localhost:9000/work',
    'http://2130706434/',
    'http://0x7f000002/',
    'http://[::1]:9000/',
    'http://169.254.169.254/latest',
  ])(
    'an address that the service does not reach is refused, with the setting that lets it: %s',
    async (url) => {
      const answer = await register('inside', url, 'x');
      expect(answer.status).toBe(400);
      expect(answer.body.error.fields).toEqual([
        {
          path: 'base_url',
          issue: expect.stringMatching(/not a public address.*tools\.allow_private_hosts/),
        },
      ]);
      expect((await api.ask('DELETE', '/agents/inside')).status).toBe(404);
    },
  );

  test('the name of an agent of the roster is taken', async () => {
    const answer = await register('coder', 'http://127.0.0.1:1/', 'x');
    expect(answer.status).toBe(409);
    expect(answer.body.error.fields[0].path).toBe('agent_id');
  });
});

describe('tasks for registered agents', () => {
  test('a task goes to it by capability, by name, and says so in its brief', async () => {
    const agent = await serve(says('done'));
    await register('Worker-1', agent.url, 'weld');
    const job_id = await submit(
      { task_id: 'any', capabilities: ['weld'] },
      { task_id: 'named', agent: 'Worker-1' },
    );
    const { tasks } = await reach(job_id, 'completed');
    expect(tasks.map((task: { agent: string }) => task.agent)).toEqual(['Worker-1', 'Worker-1']);
    const briefs = agent.received.map(({ brief }) => brief);
    expect(briefs.map(({ task_id }) => task_id).sort()).toEqual(['any', 'named']);
    expect(briefs[0]).toMatchObject({ job_id, attempt: 1 });
  });

  test('a task that nobody takes waits, and is taken as soon as an agent that matches registers', async () => {
    const job_id = await submit({ capabilities: ['late'] });
    await blocked(job_id);
    const waiting = await reach(job_id, 'needs_review');
    expect(waiting.tasks[0]).toMatchObject({ status: 'blocked', reason: 'no_agent' });
    const agent = await serve(says('at last'));
    await register('other', agent.url, 'something else');
    expect((await view(job_id)).tasks[0].status).toBe('blocked');
    await register('late-1', agent.url, 'late');
    await until(() => agent.received.length === 1, { what: 'the brief' });
    const done = await reach(job_id, 'completed');
    expect(done.tasks[0]).toMatchObject({ agent: 'late-1', output_preview: 'at last' });
    const { events } = (
      await api.ask('GET', `/orchestrate/${job_id}/events`, undefined, { accept: 'application/json' })
    ).body;
    const types = events.map(({ type }: { type: string }) => type);
    expect(types.filter((type: string) => type === 'task.blocked')).toHaveLength(1);
    expect(types).toContain('alert');
  });

  test("it is the registration's own signal that wakes the task, within a second, and no poll", async () => {
    const { workflow, schedule } = api.worker.client;
    const sweep = schedule.getHandle(SWEEP_ID);
    await sweep.pause();
    try {
      const job_id = await submit({ capabilities: ['prompt'] });
      await reach(job_id, 'needs_review');
      const agent = await serve(says('at once'));
      const before = Date.now();
      await register('prompt-1', agent.url, 'prompt');
      await until(() => agent.received.length === 1, { what: 'the brief' });
      const delay = Date.now() - before;
      await reach(job_id, 'completed');
      const { events } = await workflow.getHandle(`job-${job_id}`).fetchHistory();
      const signals = events!.flatMap(
        ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? [],
      );
      expect(signals.filter((name) => name === AGENT_APPEARED)).toHaveLength(1);
      // the aim of the bench is a second; a busy machine gets some more, and still far less than the check's 30 s
      expect(delay).toBeLessThan(5000);
    } finally {
      await sweep.unpause();
    }
  });

  test('a refused connection goes to the next agent; when there is none, the first heartbeat goes on', async () => {
    const gone = await startAgent(() => {});
    await gone.stop();
    const agent = await serve(says('second'));
    await register('gone', gone.url, 'forge', { sla_seconds: 1 });
    await register('next', agent.url, 'forge', { sla_seconds: 5 });
    const done = await reach(await submit({ capabilities: ['forge'] }), 'completed');
    expect(done.tasks[0]).toMatchObject({ agent: 'next', attempt: 1 });
    const { agents } = (await api.ask('GET', '/agents?capability=forge')).body;
    expect(agents).toMatchObject([
      { agent_id: 'gone', health: 'offline' },
      { agent_id: 'next', health: 'online' },
    ]);
  });

  test('one that says 503 keeps the task waiting until it registers again', async () => {
    let open = false;
    const agent = await serve((response) => {
      if (open) says('yes')(response);
      else response.writeHead(503).end();
    });
    await register('moody', agent.url, 'paint');
    const job_id = await submit({ agent: 'moody' });
    await blocked(job_id);
    open = true;
    await register('moody', agent.url, 'paint');
    expect((await reach(job_id, 'completed')).tasks[0]).toMatchObject({ agent: 'moody' });
  });

  test('jobs do not overbook an agent: what does not fit waits, and follows when a place is free', async () => {
    // a brief that is posted again, because its worker was lost on a busy machine, is the same work
    const now = new Set<string>();
    let most = 0;
    const agent = await serve((response, { headers }) => {
      const key = headers['idempotency-key'] as string;
      now.add(key);
      most = Math.max(most, now.size);
      // held until another is there: on a busy machine they would come one after the other
      void until(() => most > 1, { what: 'two at once' }).then(() =>
        setTimeout(() => {
          now.delete(key);
          says('ok')(response);
        }, 100),
      );
    });
    await register('pair', agent.url, 'press', { max_concurrency: 2 });
    const task = { capabilities: ['press'] };
    const jobs = await Promise.all([1, 2, 3].map(() => submit(task, task, task)));
    for (const job_id of jobs) await reach(job_id, 'completed');
    expect(most).toBe(2);
    const done = new Set(agent.received.map(({ brief }) => `${brief.job_id}/${brief.task_id}`));
    expect(done.size).toBe(9);
    const { agents } = (await api.ask('GET', '/agents?capability=press')).body;
    expect(agents[0].load).toBe(0);
  });

  test('an attempt over the SLA is stopped and made again, three times in all; then the job is in review', async () => {
    const agent = await serve((response) => response.writeHead(202).end());
    await register('slow', agent.url, 'dig', { sla_seconds: 0.3 });
    const job_id = await submit({ capabilities: ['dig'] });
    const { tasks } = await reach(job_id, 'needs_review');
    expect(tasks[0]).toMatchObject({ status: 'failed', attempt: 3, error: { code: 'sla_exceeded' } });
    expect(agent.received.map(({ brief }) => brief.attempt)).toEqual([1, 2, 3]);
    const late = await api.ask('POST', new URL(agent.received[0]!.brief.callback_url).pathname, {
      output: 'late',
    });
    expect(late.status).toBe(410);
  });

  test('the sweep makes good what was not told: an agent that is there, and whose news was lost', async () => {
    const job_id = await submit({ capabilities: ['sweep'] });
    await blocked(job_id);
    const agent = await serve(says('found'));
    const registration = {
      agent_id: 'silent',
      agent_name: 'S',
      base_url: agent.url,
      capabilities: [{ name: 'sweep' }],
    };
    ids.push('silent');
    const { AgentRegistration } = await import('../../contracts/registry.ts');
    await api.store.registerAgent('local', AgentRegistration.parse(registration));
    const sweep = await api.worker.client.workflow.start('sweepWorkflow', {
      workflowId: `sweep-${job_id}`,
      taskQueue: 'orchestrator',
    });
    expect(await sweep.result()).toMatchObject({ woken_tasks: 1 });
    await reach(job_id, 'completed');
  });
});
