import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequestLimit } from '../../api/access/request-limit.ts';
import { createApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { createGateway, type Gateway } from '../../api/gateway/index.ts';
import { loadRoster } from '../../config/roster.ts';
import { Config } from '../../contracts/config.ts';
import { createProviders } from '../../providers/registry.ts';
import { freePort } from '../../runtime/ports.ts';
import { openNotes, openStore, type Store } from '../../store/index.ts';
import { createLog } from '../../telemetry/log/log.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

/** What a request answered, its body read as JSON where it is JSON. */
export interface Told {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
}

/** The API in a test. */
export interface TestApi {
  app: ReturnType<typeof createApp>;
  deps: ApiDeps;
  store: Store;
  folder: string;
  /** Sends a request; an object as body goes as JSON. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Told>;
  close(): Promise<void>;
}

/** The API on a store of its own, and a Temporal that nobody serves. */
export async function startLoneApi(options: ApiOptions = {}): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-api-'));
  const store = await openStore({
    sqlite_file: join(folder, 'orchestrator.db'),
    artifacts_dir: join(folder, 'artifacts'),
  });
  const address = `127.0.0.1:${await freePort('127.0.0.1')}`;
  const gateway = createGateway({ address, namespace: 'default' }, store.payloads);
  const api = await assemble({ folder, store, gateway, work_dir: join(folder, 'work') }, options);
  return {
    ...api,
    async close() {
      await api.close();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The API beside a real worker, both on the shared Temporal. */
export async function startApi(options: ApiOptions = {}): Promise<TestApi & { worker: TestWorker }> {
  const heard: { publish?: (note: Parameters<ApiDeps['notes']['publish']>[0]) => void } = {};
  const worker = await startTestWorker({
    config: options.config,
    ...options.worker,
    deps: {
      publish: (note) => heard.publish?.(note),
      tracing: options.tracing,
      ...options.worker?.deps,
    },
  });
  const { address, namespace } = worker;
  const { folder, store } = worker;
  const gateway = createGateway({ address, namespace }, store.payloads, options.settings);
  const api = await assemble({ folder, store, gateway, work_dir: worker.deps.work_dir }, options);
  heard.publish = (note) => api.deps.notes.publish(note);
  return {
    ...api,
    worker,
    async close() {
      await api.close();
      await worker.close();
    },
  };
}

interface ApiOptions {
  config?: Partial<Config>;
  loopback?: boolean;
  tracing?: ApiDeps['tracing'];
  key_check_ms?: number;
  /** what the worker beside it is started with */
  worker?: Parameters<typeof startTestWorker>[0];
  /** of the jobs that it starts */
  settings?: Parameters<typeof createGateway>[2];
}

async function assemble(
  parts: { folder: string; store: Store; gateway: Gateway; work_dir: string },
  options: ApiOptions,
): Promise<TestApi> {
  const config = Config.parse(options.config ?? {});
  const { roster } = loadRoster({ agents_dir: null, http_agents: config.agents, config_label: 'test' });
  const stopping = new AbortController();
  const notes = await openNotes({ socket_path: join(parts.folder, 'notes.sock'), role: 'listener' });
  const deps: ApiDeps = {
    ...parts,
    notes,
    config: { config, roster, file: null },
    providers: createProviders({}, config),
    log: createLog({ component: 'api' }),
    ui_url: 'http://127.0.0.1:8233/namespaces/default/workflows',
    loopback: options.loopback ?? true,
    requests: createRequestLimit(config.api.requests_per_minute),
    stopping: stopping.signal,
    tracing: options.tracing,
    key_check_ms: options.key_check_ms,
  };
  const app = createApp(deps);
  return {
    app,
    deps,
    store: parts.store,
    folder: parts.folder,
    async ask(method, path, body, headers = {}) {
      const isText = typeof body === 'string';
      const response = await app.request(path, {
        method,
        headers: {
          ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      });
      return await told(response);
    },
    async close() {
      stopping.abort();
      await notes.close();
      await parts.gateway.close();
    },
  };
}

async function told(response: Response): Promise<Told> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}
