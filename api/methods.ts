import type { HonoRequest, MiddlewareHandler } from 'hono';
import { problemResponse } from './errors.ts';

/** A path that is served, and the methods that it takes. */
interface ServedPath {
  pattern: RegExp;
  /** parts of it that stand for themselves: the more, the sooner it is meant */
  literals: number;
  methods: Set<string>;
  endsInName: boolean;
}

/**
 * Answers what a path that is there does not take: 405 with `Allow`, and OPTIONS. A literal path is never taken for
 * one with an id in its place. Of an answer to HEAD only the headers go out, and what would have been sent is let go.
 * @param routes what is served, complete when the first request comes
 */
export function onlyKnownMethods(
  routes: () => readonly { path: string; method: string }[],
): MiddlewareHandler {
  let served: ServedPath[] | undefined;
  return async (c, next) => {
    served ??= servedPaths(routes());
    const meant = served.find(({ pattern }) => pattern.test(c.req.path));
    const { method } = c.req;
    if (meant !== undefined && !meant.methods.has(method) && isEmptyId(c.req, served)) {
      return problemResponse({ code: 'not_found', message: 'The id at the end of the path is empty.' });
    }
    if (meant !== undefined && (method === 'OPTIONS' || !meant.methods.has(method))) {
      const allow = [...meant.methods].sort().join(', ');
      if (method === 'OPTIONS') return c.body(null, 204, { allow });
      const message = `${c.req.path.slice(0, 200)} does not support ${method.slice(0, 20)}; it supports ${allow}.`;
      return problemResponse({ code: 'method_not_allowed', message }, { allow });
    }
    await next();
    if (method === 'HEAD' && c.res.body !== null) {
      await c.res.body.cancel();
      c.res = new Response(null, c.res);
    }
  };
}

/** Whether the path is one with an id at its end, but for the id. */
function isEmptyId({ url, path, method }: HonoRequest, served: readonly ServedPath[]): boolean {
  // the path is without the slash at its end
  if (!new URL(url).pathname.endsWith('/')) return false;
  return served.some(
    ({ pattern, methods, endsInName }) => endsInName && methods.has(method) && pattern.test(`${path}/x`),
  );
}

function servedPaths(routes: readonly { path: string; method: string }[]): ServedPath[] {
  const byPath = Map.groupBy(
    routes.filter(({ method }) => method !== 'ALL'),
    ({ path }) => path,
  );
  const served = [...byPath].map(([path, those]): ServedPath => {
    const parts = path.split('/');
    const methods = new Set(those.map(({ method }) => method));
    if (methods.has('GET')) methods.add('HEAD');
    return {
      pattern: new RegExp(
        `^${parts.map((part) => (isName(part) ? '[^/]+' : part.replaceAll('.', '\\.'))).join('/')}/?$`,
      ),
      literals: parts.filter((part) => !isName(part)).length,
      endsInName: isName(parts.at(-1)!),
      methods: methods.add('OPTIONS'),
    };
  });
  return served.sort((a, b) => b.literals - a.literals);
}

const isName = (part: string): boolean => part.startsWith(':');
