import type { ServerResponse } from 'node:http';
import { startService, type TestService } from '../cli/service.ts';
import { AGENTS_ON_LOOPBACK, type Received, startAgent } from '../http-agent/setup.ts';
import { until } from '../setup/until.ts';

/** What a request answered. */
export interface Told {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
}

/** The service over HTTP, with agents that tests start and register. */
export interface Stage {
  service: TestService;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Told>;
  /** starts an agent over HTTP and registers it under that id, for a skill of the same name */
  agent(
    id: string,
    answer?: (response: ServerResponse, received: Received) => void,
  ): ReturnType<typeof startAgent>;
  /** waits until the task has that status */
  reach(task_id: string, status: string, what?: (body: Told['body']) => boolean): Promise<Told['body']>;
  /** plans a task and puts a plan of these tasks in the place of what was planned */
  plan(task_id: string, tasks: object[]): Promise<Told>;
  close(): Promise<void>;
}

const atOnce = (response: ServerResponse, { brief }: Received) => {
  response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ output: `did ${brief.title}` }));
};

export async function openStage(config: object = {}): Promise<Stage> {
  const service = await startService({ config: { tools: AGENTS_ON_LOOPBACK, ...config } });
  const agents: Awaited<ReturnType<typeof startAgent>>[] = [];
  const ids: string[] = [];
  const ask: Stage['ask'] = async (method, path, body, headers = {}) => {
    const response = await fetch(service.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  };
  // as agents do: else they are offline after a minute
  const beats = setInterval(() => {
    for (const id of ids) void ask('POST', `/agents/${id}/heartbeat`).catch(() => undefined);
  }, 20_000);
  return {
    service,
    ask,
    async agent(id, answer = atOnce) {
      const agent = await startAgent(answer);
      agents.push(agent);
      ids.push(id);
      const body = { agent_id: id, agent_name: id, base_url: agent.url, capabilities: [{ name: id }] };
      const { status } = await ask('POST', '/agents', body);
      if (status !== 201 && status !== 200) throw new Error(`the agent was not registered: ${status}`);
      return agent;
    },
    reach: (task_id, status, what = () => true) =>
      until(
        async () => {
          const { body } = await ask('GET', `/tasks/${encodeURIComponent(task_id)}`);
          return body.status === status && what(body) ? body : undefined;
        },
        { what: `${task_id} to be ${status}` },
      ),
    async plan(task_id, tasks) {
      const first = await ask('POST', '/orchestrate', { task_id, title: task_id, description: 'Do it' });
      const plan = {
        tasks: tasks.map((task, index) => ({ task_id: `s${index}`, title: `Step ${index}`, ...task })),
      };
      const put = await ask('PUT', `/orchestrate/${first.body.job_id}/plan`, plan);
      if (put.status !== 200) throw new Error(JSON.stringify(put.body));
      return await ask('POST', '/orchestrate', { task_id, title: task_id, description: 'Do it' });
    },
    async close() {
      clearInterval(beats);
      for (const agent of agents) await agent.stop();
      await service.close();
    },
  };
}
