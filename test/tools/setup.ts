import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import { noSandbox } from '../../activities/sandbox/sandbox.ts';
import type { ToolDeps } from '../../activities/tools/deps.ts';
import { createTools, type ToolRegistry } from '../../activities/tools/registry.ts';
import type { ToolAnswer } from '../../activities/tools/result.ts';
import type { ToolContext, ToolFolders } from '../../activities/tools/tool.ts';
import { NO_MASK } from '../../core/text/mask.ts';
import { tablePrice } from '../../providers/price-table.ts';
import { openStore, type Store } from '../../store/index.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const clean of cleanups.reverse()) await clean();
});

/** A new folder that is removed after the test file. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-tools-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Tools over a store and folders of their own. */
export interface Bench {
  registry: ToolRegistry;
  store: Store;
  folders: ToolFolders;
  context: ToolContext;
  /** runs a tool as an agent that was offered all of them */
  call(name: string, input: unknown, context?: Partial<ToolContext>): Promise<ToolAnswer>;
}

/** @param overrides of what tools work with; nothing is configured by default */
export async function bench(overrides: Partial<ToolDeps> = {}): Promise<Bench> {
  const folder = await tempFolder();
  const store = await openStore({
    sqlite_file: join(folder, 'db'),
    artifacts_dir: join(folder, 'artifacts'),
  });
  cleanups.push(() => store.close());
  const registry = createTools({
    store,
    price: (query) => tablePrice(query),
    commands: { commands: 'on', command_allowlist: [] },
    limits: { artifact_bytes: 10_000_000 },
    tools: { allow_private_hosts: [], result_chars: 30_000 },
    mcp_servers: {},
    mcp_place: { sandbox: noSandbox(), homes_dir: join(folder, 'mcp') },
    credentials: {},
    secret: () => undefined,
    mask: NO_MASK,
    ...overrides,
  });
  cleanups.push(() => registry.close());
  const work = join(folder, 'job');
  const folders = {
    work,
    scratch: join(work, '.attempts', 't1', '1'),
    guard: { sandbox: noSandbox(), view: { writable: [work], hidden: [], readable: [] } },
  };
  await mkdir(work);
  const context: ToolContext = {
    job_id: 'job1',
    owner: 'local',
    task_id: 't1',
    attempt: 1,
    agent: 'coder',
    call_id: 'call_1',
    worker: 'host:1',
    folders,
    dependencies: [],
    artifacts: [],
    signal: new AbortController().signal,
    heartbeat: () => {},
  };
  return {
    registry,
    store,
    folders,
    context,
    async call(name, input, changed = {}) {
      const { tools } = await registry.offered({ allow: ['*'] });
      const of = { ...context, ...changed };
      const own = of.folders && { ...of.folders, scratch: join(of.folders.scratch, of.call_id) };
      return await registry.run({ name, input }, { ...of, folders: own }, tools);
    },
  };
}

/** A request as a server got it. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A real HTTP server on the loopback address; `host` is its name and port. */
export async function serve(
  answer: (received: Received, ...rest: Parameters<RequestListener>) => void,
): Promise<{ url: string; host: string; port: number; received: Received[]; server: Server }> {
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const { method = '', url: path = '', headers } = request;
    const got = { method, path, headers, body: await text(request) };
    received.push(got);
    answer(got, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, port, received, server };
}
