import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { callHttpAgent } from '../../activities/http/call-agent.ts';
import type { HttpAgentDeps } from '../../activities/http/deps.ts';
import type { AttemptError, AttemptRequest, AttemptResult } from '../../contracts/attempt.ts';
import { ATTEMPT_FAILED } from '../../contracts/attempt-codes.ts';
import { Config, HttpAgentConfig } from '../../contracts/config.ts';
import type { AgentBrief } from '../../contracts/http-agent.ts';
import { Task } from '../../contracts/plan.ts';
import { createMask } from '../../core/text/mask.ts';
import { openStore, type Store } from '../../store/index.ts';

/** What a configuration says that lets requests through to the agents of tests, which are on this machine. */
export const { tools: AGENTS_ON_LOOPBACK } = Config.parse({ tools: { allow_private_hosts: ['127.0.0.1'] } });

/** A request as the agent got it. */
export interface Received {
  brief: AgentBrief;
  headers: IncomingHttpHeaders;
  path: string;
}

/** A real HTTP server that answers as told and remembers what it got. */
export async function startAgent(answer: (response: ServerResponse, received: Received) => void) {
  const received: Received[] = [];
  let aborted = 0;
  const server = createServer(async (request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) aborted++;
    });
    const brief = (await json(request)) as AgentBrief;
    const got = { brief, headers: request.headers, path: request.url ?? '' };
    received.push(got);
    answer(response, got);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/work`,
    received,
    /** connections that the caller gave up */
    aborted: () => aborted,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A store of its own in a new folder; `close` removes it. */
export async function openTestStore(): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-http-agent-'));
  const store = await openStore({
    sqlite_file: join(folder, 'db.sqlite'),
    artifacts_dir: join(folder, 'artifacts'),
  });
  const close = async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { ...store, close };
}

/** Dependencies with one agent, `translator`, at the given address. */
export function depsOf(
  store: Store,
  base_url: string,
  { agent = {}, secrets = {} }: { agent?: Partial<HttpAgentConfig>; secrets?: Record<string, string> } = {},
): HttpAgentDeps {
  const http = HttpAgentConfig.parse({
    name: 'translator',
    capabilities: ['translation'],
    base_url,
    ...agent,
  });
  return {
    store,
    config: { tools: AGENTS_ON_LOOPBACK },
    roster: [
      { name: 'human', kind: 'human', description: '', capabilities: ['translation'] },
      { name: http.name, kind: 'http', description: '', capabilities: http.capabilities, http },
    ],
    public_url: 'http://orchestrator.test',
    secret: (name) => secrets[name],
    mask: createMask(Object.values(secrets)),
    worker: 'host:1',
  };
}

/** The first attempt at a task of the agent `translator`. */
export function requestOf(
  task: Record<string, unknown> = {},
  fields: Partial<AttemptRequest> = {},
): AttemptRequest {
  return {
    job_id: 'job1',
    owner: 'local',
    task: Task.parse({
      task_id: 't1',
      title: 'Translate',
      description: 'into French',
      agent: 'translator',
      ...task,
    }),
    generation: 1,
    attempts_made: 0,
    previous_failure: null,
    dependencies: [],
    brief_ref: '',
    host_id: null,
    host_wait_seconds: 300,
    capped: false,
    agent: null,
    agent_kind: null,
    provider: null,
    model: null,
    heartbeat_seconds: 0.2,
    attempt: 1,
    ...fields,
  };
}

/** Runs the activity as Temporal would; `environment` tells of heartbeats and cancels. */
export function run(
  request: AttemptRequest,
  deps: HttpAgentDeps,
  environment = newEnvironment(),
): Promise<AttemptResult> {
  return environment.run<[], AttemptResult, () => Promise<AttemptResult>>(() => callHttpAgent(request, deps));
}

export function newEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now() },
    { logger: new DefaultLogger('ERROR') },
  );
}

/** The AttemptError that the attempt failed with; throws when it did anything else. */
export async function failureOf(attempt: Promise<unknown>): Promise<AttemptError> {
  const failure: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (
    failure instanceof Error &&
    'type' in failure &&
    'details' in failure &&
    failure.type === ATTEMPT_FAILED
  ) {
    if ('nonRetryable' in failure && failure.nonRetryable === true && Array.isArray(failure.details)) {
      return failure.details[0] as AttemptError;
    }
  }
  throw new Error(`not a failed attempt: ${String(failure)}`, { cause: failure });
}
