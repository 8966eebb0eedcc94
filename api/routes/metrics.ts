import { z } from 'zod';
import type { Api } from '../access/caller.ts';
import { endpoint } from '../endpoint.ts';
import type { Metrics } from '../metrics/index.ts';

/** `GET /metrics` */
export function metricsRoute(api: Api, metrics: Metrics): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/metrics',
      operation_id: 'metrics',
      tag: 'Service',
      summary: "Metrics in Prometheus' text format",
      description:
        'Of the whole service, over the jobs of all owners, plus those of this API process itself. No label holds an id or a name of an owner. docs/observability.md lists them.',
      any_query: true,
      answers: { 200: { description: 'the current metrics', media: { 'text/plain': z.string() } } },
    },
    async (c) => c.body(await metrics.text(), 200, { 'Content-Type': metrics.type }),
  );
}
