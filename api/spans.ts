import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { jobSpanId } from '../telemetry/spans.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { Variables } from './access/caller.ts';

/** Makes a span of every request that changes a job, in the trace of that job; reading leaves none. */
export function commandSpans(tracing: Tracing): MiddlewareHandler<{ Variables: Variables }> {
  return async (c, next) => {
    const began_at = Date.now();
    await next();
    const job_id = c.get('job_id');
    if (c.req.method === 'GET' || job_id === undefined || c.res.status === 404) return;
    const route = matchedRoutes(c).at(-1)?.path ?? '*';
    const { status } = c.res;
    tracing.record({
      name: `${c.req.method} ${route}`,
      job_id,
      parent: jobSpanId(job_id),
      kind: 'server',
      attributes: {
        'http.request.method': c.req.method,
        'http.route': route,
        'http.response.status_code': status,
      },
      began_at,
      ended_at: Date.now(),
      ...(status >= 500 ? { error: String(status) } : {}),
    });
  };
}
