import type { MiddlewareHandler } from 'hono';
import { namesLoopback } from '../../config/loopback.ts';
import { ProblemError } from '../../contracts/error.ts';

/**
 * Refuses what a browser sends on behalf of a foreign page: a Host header that is not this machine's (a name
 * that was rebound to 127.0.0.1), and an Origin other than the service itself.
 * @param allowed origins that are allowed nevertheless
 * @param hint what can be done for a page that should be let in
 */
export const onlyFromHere =
  (allowed: readonly string[], hint = ''): MiddlewareHandler =>
  async (c, next) => {
    const host = (c.req.header('host') ?? new URL(c.req.url).host).toLowerCase();
    if (!namesLoopback(host)) {
      forbidden(
        `The service listens on this machine only; it does not serve the host '${host.slice(0, 100)}'.`,
      );
    }
    const origin = c.req.header('origin');
    const isOwn = origin === undefined || origin.toLowerCase() === `http://${host}`;
    if (!isOwn && !allowed.includes(origin)) forbidden(`Requests of other web pages are refused${hint}.`);
    await next();
  };

function forbidden(message: string): never {
  throw new ProblemError({ code: 'forbidden', message });
}
