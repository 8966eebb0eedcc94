import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { type Env, envPort, envString, envText } from '../../config/env.ts';
import { isLoopback } from '../../config/loopback.ts';
import type { Log } from '../../telemetry/log/log.ts';
import type { KeyStore } from '../access/auth.ts';
import { checkExposure } from '../app.ts';
import { temporalUiApp } from './app.ts';

/** The Web UI as it is served to people. */
export interface TemporalUi {
  /** Where this machine finds it. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves the Temporal Web UI that `TEMPORAL_UI_UPSTREAM` names, at `TEMPORAL_UI_HOST` and `TEMPORAL_UI_PORT`; undefined
 * where none is named. Where it can't listen, the log says so, and the API works without. Throws an EnvError, and a
 * ProblemError when other machines would be let in without a key.
 */
export async function serveTemporalUi(
  keys: KeyStore,
  log: Log,
  env: Env = process.env,
): Promise<TemporalUi | undefined> {
  const upstream = envText('TEMPORAL_UI_UPSTREAM', env);
  if (upstream === undefined) return undefined;
  const host = envString('TEMPORAL_UI_HOST', env);
  const port = envPort('TEMPORAL_UI_PORT', env);
  checkExposure(host, isLoopback(host), await keys.anyKeys());
  const app = temporalUiApp({ upstream, keys, log });
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, host, resolve);
    });
  } catch (error) {
    log.warn({ err: error }, `the Temporal Web UI is not served: ${host}:${port} cannot be bound`);
  }
  const bound = (server.address() as AddressInfo | null)?.port ?? port;
  return {
    url: envText('TEMPORAL_UI_URL', env) ?? `http://127.0.0.1:${bound}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
