import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { createRequestLimit } from '../../api/access/request-limit.ts';
import { createApp } from '../../api/app.ts';
import { createGateway } from '../../api/gateway/index.ts';
import type { Note } from '../../contracts/event.ts';
import { openNotes } from '../../store/index.ts';
import { createLog } from '../../telemetry/log/log.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

/** The whole service over HTTP: a real worker on the shared Temporal, and the API on a port of its own. */
export interface TestService {
  url: string;
  worker: TestWorker;
  /** The API goes away, with all its connections. */
  stopApi(): Promise<void>;
  /** It is there again, on the same port. */
  startApi(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the service; once a test file is enough. */
export async function startService(
  options: Parameters<typeof startTestWorker>[0] = {},
): Promise<TestService> {
  let publish: (note: Note) => void = () => {};
  const deps = { ...options.deps, publish: (note: Note) => publish(note) };
  const worker = await startTestWorker({ ...options, deps });
  let port = 0;
  let end: (() => Promise<void>) | undefined;

  const startApi = async () => {
    const gateway = createGateway(
      { address: worker.address, namespace: worker.namespace },
      worker.store.payloads,
    );
    const notes = await openNotes({ socket_path: join(worker.folder, 'notes.sock'), role: 'listener' });
    publish = (note) => notes.publish(note);
    const stopping = new AbortController();
    const { config, roster, providers, store, work_dir } = worker.deps;
    const app = createApp({
      gateway,
      store,
      notes,
      config: { config, roster: [...roster], file: null },
      providers,
      log: createLog({ component: 'api' }),
      work_dir,
      ui_url: 'http://127.0.0.1:8233/namespaces/default/workflows',
      loopback: true,
      requests: createRequestLimit(config.api.requests_per_minute),
      stopping: stopping.signal,
    });
    const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
    port = await listen(server, port);
    end = async () => {
      publish = () => {};
      stopping.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await notes.close();
      await gateway.close();
    };
  };
  const stopApi = async () => {
    await end?.();
    end = undefined;
  };
  await startApi();
  return {
    url: `http://127.0.0.1:${port}`,
    worker,
    startApi,
    stopApi,
    async close() {
      await stopApi();
      await worker.close();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
