import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type Env, envIsSet, envPort, envString } from '../config/env.ts';
import { isLoopback, namesLoopback } from '../config/loopback.ts';
import { hiddenPlace } from '../runtime/ports.ts';
import type { Log } from '../telemetry/log/log.ts';

/** A worker's own metrics: those of its Node process and of the Temporal SDK's runtime, at one address. */
export interface WorkerMetrics {
  /** `host:port` where the SDK is to serve its own, for this process only */
  sdk_address: string;
  /** Begins to serve `GET /metrics`; gives the port. Where it can't, the log says so, and the worker works on. */
  listen(log: Log): Promise<number | null>;
  close(): Promise<void>;
}

/** How long the SDK's metrics are waited for. */
const SDK_MS = 2000;

/** Metrics as `METRICS_PORT` and `METRICS_HOST` say; undefined where nobody asked for any. Throws an EnvError. */
export async function openMetrics(env: Env): Promise<WorkerMetrics | undefined> {
  if (!envIsSet('METRICS_PORT', env)) return undefined;
  const port = envPort('METRICS_PORT', env);
  const host = envString('METRICS_HOST', env);
  // only this process asks it, and it looks at no Host header
  const sdk = await hiddenPlace();
  const sdk_address = `${sdk.ip}:${sdk.port}`;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const server = createServer(async (request, response) => {
    if (isLoopback(host) && !namesLoopback(request.headers.host ?? '')) {
      response.writeHead(403).end('Served under the names of this machine only.\n');
      return;
    }
    if (request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('There is only /metrics here.\n');
      return;
    }
    const own = await registry.metrics();
    response
      .writeHead(200, { 'content-type': registry.contentType })
      .end(own + (await sdkMetrics(sdk_address)));
  });
  return {
    sdk_address,
    async listen(log) {
      try {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject).listen(port, host, resolve);
        });
        const bound = (server.address() as AddressInfo).port;
        log.info({ url: `http://${host}:${bound}/metrics` }, 'worker serves metrics');
        return bound;
      } catch (error) {
        log.warn({ err: error }, `no metrics are served: ${host}:${port} (METRICS_PORT) cannot be bound`);
        return null;
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function sdkMetrics(address: string): Promise<string> {
  try {
    const answer = await fetch(`http://${address}/metrics`, { signal: AbortSignal.timeout(SDK_MS) });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}
