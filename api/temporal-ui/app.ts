import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { proxy } from 'hono/proxy';
import { secureHeaders } from 'hono/secure-headers';
import { ProblemError } from '../../contracts/error.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { type KeyStore, keysNeeded } from '../access/auth.ts';
import { onlyFromHere } from '../access/origin.ts';
import { toResponse } from '../errors.ts';
import { createSessions, SESSION_SECONDS, type Sessions } from './sessions.ts';
import { PAGE_POLICY, signedInPage, signInPage } from './sign-in-page.ts';

const COOKIE = 'orchestrator_ui';
const SIGN_IN = '/orchestrator/sign-in';
/** A key and a path are far shorter. */
const FORM_BYTES = 10_000;

export interface TemporalUiOptions {
  /** Base URL of the Web UI as Temporal serves it, to anybody. */
  upstream: string;
  keys: KeyStore;
  log: Log;
}

/**
 * The Temporal Web UI for people, on a port and so an origin of its own: under names of this machine only, never for a
 * foreign page, and where there are API keys only for admins, who sign in with theirs.
 */
export function temporalUiApp({ upstream, keys, log }: TemporalUiOptions): Hono {
  const app = new Hono();
  const sessions = createSessions(keys);
  const needed = keysNeeded(keys);
  app.onError((error) => toResponse(error, log));
  app.use(
    secureHeaders({
      overwrite: false,
      xFrameOptions: 'DENY',
      strictTransportSecurity: false,
      // without a referrer a browser tells no origin either, not even that of our own form
      referrerPolicy: 'same-origin',
      contentSecurityPolicy: { frameAncestors: ["'none'"] },
    }),
  );
  app.use(onlyFromHere([]));
  signInRoutes(app, sessions);
  app.use(onlyAdmins(sessions, needed));
  app.all('*', (c) => passOn(c, upstream));
  return app;
}

function signInRoutes(app: Hono, sessions: Sessions): void {
  app.get(SIGN_IN, async (c) => {
    c.header('Content-Security-Policy', PAGE_POLICY);
    c.header('Cache-Control', 'no-store');
    const isIn = await sessions.isAlive(getCookie(c, COOKIE));
    return c.html(isIn ? signedInPage() : signInPage(ownPath(c.req.query('to'))));
  });
  app.post(SIGN_IN, bodyLimit({ maxSize: FORM_BYTES }), async (c) => {
    const { key, to } = await c.req.parseBody();
    const path = ownPath(to);
    const id = await sessions.begin(String(key ?? '').trim());
    if (id === null) {
      c.header('Content-Security-Policy', PAGE_POLICY);
      return c.html(signInPage(path, "That is not an admin's key, or it was revoked."), 403);
    }
    setCookie(c, COOKIE, id, { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: SESSION_SECONDS });
    return c.redirect(path, 303);
  });
  app.post('/orchestrator/sign-out', (c) => {
    sessions.end(deleteCookie(c, COOKIE, { path: '/' }));
    return c.redirect(SIGN_IN, 303);
  });
}

/** Lets admins pass, or everybody while no key was ever made. Pages are led to the form, all else is refused. */
const onlyAdmins =
  (sessions: Sessions, needed: () => Promise<boolean>): MiddlewareHandler =>
  async (c, next) => {
    if (!(await needed()) || (await sessions.isAlive(getCookie(c, COOKIE)))) return await next();
    const { pathname, search } = new URL(c.req.url);
    const isPage = c.req.method === 'GET' && c.req.header('accept')?.includes('text/html');
    if (isPage) return c.redirect(`${SIGN_IN}?to=${encodeURIComponent(pathname + search)}`, 303);
    throw new ProblemError({
      code: 'unauthorized',
      message: `Sign in first, with an admin's key: ${SIGN_IN}`,
    });
  };

/** Of this connection, or of ours alone. */
const NOT_PASSED_ON = ['host', 'authorization', 'connection', 'keep-alive', 'upgrade', 'te', 'expect'];

/** Passes a request on, without what is ours: our cookie, and a key that somebody may have sent. */
async function passOn(c: Context, upstream: string): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const cookies = c.req
    .header('cookie')
    ?.split('; ')
    .filter((cookie) => !cookie.startsWith(`${COOKIE}=`));
  const headers = {
    ...c.req.header(),
    ...Object.fromEntries(NOT_PASSED_ON.map((name) => [name, undefined])),
    cookie: cookies?.join('; ') || undefined,
  };
  try {
    const answer = await proxy(`${upstream}${pathname}${search}`, {
      ...{ raw: c.req.raw, headers },
      redirect: 'manual',
    });
    answer.headers.delete('x-frame-options'); // ours is stricter
    return answer;
  } catch {
    return c.text('The Temporal Web UI does not answer. Load this page again in a moment.\n', 502);
  }
}

/** Only ever the base that paths are read against. */
const HERE = 'http://here.invalid';

/** A path of this server, whatever somebody says: read as browsers read it, for whom `/\t/host` is another host. */
function ownPath(to: unknown): string {
  const url = typeof to === 'string' ? URL.parse(to, HERE) : null;
  return url?.origin === HERE ? url.pathname.replace(/^\/{2,}/, '/') + url.search : '/';
}
