import { z } from 'zod';
import type { Api } from '../access/caller.ts';
import { databaseAnswers } from '../database-answers.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { RETRY_AFTER_SECONDS } from '../errors.ts';

const Alive = z.object({ ok: z.literal(true) }).meta({ id: 'Alive' });
const Readiness = z
  .object({
    ready: z.boolean(),
    database: z.boolean(),
    temporal: z.boolean(),
    workers: z.int().describe('worker processes that take jobs'),
  })
  .meta({ id: 'Readiness' });

/** `GET /healthz` says that the process runs, `GET /readyz` whether jobs can be done. */
export function healthRoutes(api: Api, deps: ApiDeps): void {
  const common = { method: 'get', tag: 'Service' } as const;
  endpoint(
    api,
    {
      ...common,
      path: '/healthz',
      operation_id: 'healthz',
      summary: 'Whether the API runs',
      answers: { 200: { description: 'it does', schema: Alive } },
    },
    (c) => c.json({ ok: true as const }),
  );
  endpoint(
    api,
    {
      ...common,
      path: '/readyz',
      operation_id: 'readyz',
      summary: 'Whether jobs can run: database, Temporal and a worker',
      answers: {
        200: { description: 'they can', schema: Readiness },
        503: {
          description: 'something is missing',
          schema: Readiness,
          headers: { 'Retry-After': 'seconds' },
        },
      },
    },
    async (c) => {
      const [database, { temporal, workers }] = await Promise.all([
        databaseAnswers(deps.store),
        deps.gateway.health(),
      ]);
      const ready = database && temporal && workers > 0;
      if (!ready) c.header('Retry-After', String(RETRY_AFTER_SECONDS));
      return c.json({ ready, database, temporal, workers }, ready ? 200 : 503);
    },
  );
}
