import type { MiddlewareHandler } from 'hono';
import type { FieldIssue } from '../../../contracts/error.ts';

/** Paths of this API. */
const PATHS = /^\/(orchestrate|execute\/[^/]+|tasks\/[^/]+|agents(\/.*)?)\/?$/;

/** Puts `fields: [{field, issue}]` beside the error of every answer of this API. */
export function withFields(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    if (c.res.status < 400 || c.res.body === null || !PATHS.test(c.req.path)) return;
    if (!c.res.headers.get('content-type')?.startsWith('application/json')) return;
    const { status, headers } = c.res;
    const body = (await c.res.json()) as { error: { fields: FieldIssue[] } };
    const fields = (body.error?.fields ?? []).map(({ path, issue }) => ({ field: path, issue }));
    headers.delete('content-length');
    c.res = undefined;
    c.res = new Response(JSON.stringify({ ...body, fields }), { status, headers });
  };
}
