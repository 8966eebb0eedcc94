import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';

/**
 * What browsers are told of every answer: take it for what it says it is, show it in no frame, load nothing for it.
 * A page that needs more says so in a Content-Security-Policy of its own.
 * @param overTls whether somebody in between may speak TLS, so that it makes sense to ask for it always
 */
export const securityHeaders = (overTls: boolean): MiddlewareHandler =>
  secureHeaders({
    overwrite: false,
    xFrameOptions: 'DENY',
    strictTransportSecurity: overTls,
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  });

/** Lets pages of these origins use the API, with a key that they send themselves. Cookies are never taken. */
export const allowOrigins = (origins: readonly string[]): MiddlewareHandler =>
  cors({
    origin: [...origins],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposeHeaders: ['ETag', 'Location', 'Retry-After', 'Content-Range'],
    maxAge: 600,
  });
