import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiDeps } from '../deps.ts';
import { openStreams } from '../events/sse.ts';
import { liveMetrics } from './live.ts';
import { createSources } from './sources.ts';
import { storedMetrics } from './stored.ts';
import { temporalMetrics } from './temporal.ts';

/** The API's metrics, as Prometheus asks for them. */
export interface Metrics {
  /** media type of {@link text} */
  type: string;
  /** everything, in Prometheus' text format */
  text(): Promise<string>;
  /** measures requests */
  observe: MiddlewareHandler;
}

/**
 * Metrics of the whole service are read from the database and Temporal when they are asked for, and are the same from
 * every API process; those of requests, streams and Node are this process's own.
 */
export function createMetrics({ store, gateway }: Pick<ApiDeps, 'store' | 'gateway'>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const source = createSources(registry);
  storedMetrics(
    registry,
    source('database', () => store.readCounts()),
  );
  liveMetrics(
    registry,
    source('database', () => store.readLiveJobs()),
  );
  temporalMetrics(
    registry,
    source('temporal', () => gateway.load()),
  );
  new Gauge({
    name: 'orchestrator_sse_clients',
    help: 'Streams of server-sent events that this process serves',
    registers: [registry],
    collect() {
      this.set(openStreams());
    },
  });
  const requests = new Histogram({
    name: 'orchestrator_http_request_duration_seconds',
    help: 'How long requests took until their answer began, by route, in seconds',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 180],
    registers: [registry],
  });
  return {
    type: registry.contentType,
    text: () => registry.metrics(),
    async observe(c, next) {
      const end = requests.startTimer();
      await next();
      const route = matchedRoutes(c).at(-1)?.path ?? '*';
      // what no route takes could be called anything
      const method = route.endsWith('*') ? 'any' : c.req.method;
      end({ method, route, status: String(c.res.status) });
    },
  };
}
