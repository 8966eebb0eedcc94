import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { createDataDir } from '../config/data-dir.ts';
import { EnvError, envNumber, envPort, envString, envText } from '../config/env.ts';
import { loadConfig } from '../config/load.ts';
import { isLoopback } from '../config/loopback.ts';
import { closeToOthers, keepPrivate } from '../config/private.ts';
import { maskOf } from '../config/secret-values.ts';
import { temporalTarget } from '../config/temporal-connection.ts';
import { ProblemError } from '../contracts/error.ts';
import { createProviders } from '../providers/registry.ts';
import { takeKeys } from '../runtime/keys.ts';
import { CONFIG_ERROR_EXIT, stopAtLauncherEnd } from '../runtime/lifeline.ts';
import { survive } from '../runtime/survival.ts';
import { openNotes, openStore } from '../store/index.ts';
import { createLog, type Log } from '../telemetry/log/log.ts';
import { openTracing } from '../telemetry/open-tracing.ts';
import type { Api } from './access/caller.ts';
import { createRequestLimit } from './access/request-limit.ts';
import { answerUnreadable, checkExposure, createApp } from './app.ts';
import { toResponse } from './errors.ts';
import { createGateway } from './gateway/index.ts';
import { serveTemporalUi } from './temporal-ui/serve.ts';

/** What requests under way have to be answered when the process is to stop. */
const LAST_ANSWERS_MS = 3000;

/** The API process: `npm run api`. It starts without Temporal and serves what it can until that is there. */
async function main(): Promise<void> {
  keepPrivate();
  takeKeys();
  const host = envString('HOST');
  const port = envPort('PORT');
  const config = loadConfig();
  const target = temporalTarget();
  const dir = createDataDir();
  const log = createLog({ component: 'api', file: dir.log, terminal: process.stdout });
  survive({ mayEnd: true, tell: (text, error) => log.fatal({ err: error }, text) });
  const closed = closeToOthers(dir);
  if (closed) log.warn(closed);
  const store = await openStore({
    database_url: envText('DATABASE_URL'),
    sqlite_file: dir.orchestratorDb,
    artifacts_dir: dir.artifacts,
    artifacts_url: envText('ARTIFACTS_URL'),
    mask: maskOf(process.env),
  });
  const loopback = isLoopback(host);
  checkExposure(host, loopback, await store.anyKeys());
  const notes = await openNotes({
    socket_path: dir.notesSocket,
    redis_url: envText('REDIS_URL'),
    key: await store.notesKey(),
    role: 'listener',
  });
  const heartbeat_seconds = envNumber('ORCHESTRATOR_HEARTBEAT_SECONDS', { min: 1, fraction: true });
  const gateway = createGateway(target, store.payloads, { heartbeat_seconds });
  const stopping = new AbortController();
  const tracing = await openTracing('orchestrator-api');
  const requests = createRequestLimit(config.config.api.requests_per_minute, envText('REDIS_URL'));
  const ui = await serveTemporalUi(store, log);
  const api = createApp({
    gateway,
    store,
    notes,
    config,
    providers: createProviders(process.env, config.config),
    log,
    work_dir: dir.work,
    ui_url: workflowsUrl(ui?.url ?? envText('TEMPORAL_UI_URL'), target.namespace),
    loopback,
    requests,
    tracing,
    stopping: stopping.signal,
  });
  const server = serve(api, log);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(portError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { address, port: bound } = server.address() as AddressInfo;
  log.info(
    { url: `http://${address.includes(':') ? `[${address}]` : address}:${bound}` },
    'API is listening',
  );
  stopAtLauncherEnd(async () => {
    stopping.abort();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeIdleConnections();
      // a request that waits for a worker which stops as well would wait for nothing, and then be repeated here
      setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS).unref();
    });
    await Promise.all([requests.close(), tracing?.close(), ui?.close()]);
    await notes.close();
    await gateway.close();
    await store.close();
  });
}

function serve(api: Api, log: Log) {
  const errorHandler = (error: unknown) =>
    error instanceof RequestError ? answerUnreadable() : toResponse(error, log);
  return createServer(getRequestListener(api.fetch, { errorHandler, overrideGlobalObjects: false }));
}

/** Where the Temporal Web UI shows workflows of a namespace; null when nobody says where it is. */
function workflowsUrl(base: string | undefined, namespace: string): string | null {
  if (base === undefined) return null;
  return `${base.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}

function portError(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return new Error(`${host}:${port} is in use. Choose another port with PORT.`);
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL')
    return new EnvError(`The API cannot listen on ${host}:${port} (${code}).`);
  return error;
}

main().catch((error: unknown) => {
  const isMistake =
    error instanceof EnvError || (error instanceof ProblemError && error.problem.code === 'validation');
  console.error(error instanceof Error ? error.message : error);
  process.exit(isMistake ? CONFIG_ERROR_EXIT : 1);
});
