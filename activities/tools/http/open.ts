import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { PublicAddressError } from '../../../config/private-hosts.ts';
import type { Config } from '../../../contracts/config.ts';
import { guardedAgent } from './guard.ts';

/** What decides where a request may go. */
export interface Outgoing {
  tools: Pick<Config['tools'], 'allow_private_hosts'>;
  /** resolves names; the system's by default */
  lookup?: LookupFunction | undefined;
}

/** A request to an address that somebody named. */
export interface OpenRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
  signal: AbortSignal;
  /** `answer`: a redirect is the answer; by default five are followed */
  redirects?: 'answer';
}

/** An answer whose head is there. */
export interface Opened {
  /** its body is to be read to its end, or destroyed */
  message: IncomingMessage;
  /** where it came from, after redirects */
  url: URL;
}

/** A request that is not made, or not followed any further, as it is. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
}

/** No connection came about, so that nothing was sent; the cause says why. */
export class NeverSent extends Error {
  override readonly name = 'NeverSent';
}

/** A request was answered by a redirect, and where that leads could not be asked. */
export class RedirectFailed extends Error {
  override readonly name = 'RedirectFailed';
  /** of the first answer */
  readonly status: number;
  /** that could not be asked */
  readonly host: string;
  constructor({ status, host }: { status: number; host: string }, options: ErrorOptions) {
    super(`${status}, then ${host}`, options);
    this.status = status;
    this.host = host;
  }
}

const MAX_REDIRECTS = 5;

/** Headers that go along to another origin; the others may be meant for the first one only. */
const FOR_ANYBODY = new Set(['accept', 'accept-language', 'user-agent', 'content-type']);
/** Headers that are the connection's own business. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/i;

/**
 * Makes a request that reaches public addresses only, or listed hosts; every hop is checked.
 * @throws PublicAddressError, RequestRefused, NeverSent, or the error that the connection was lost with; a
 *   RedirectFailed with one of these as its cause where an earlier hop was answered already
 */
export async function openRequest(deps: Outgoing, request: OpenRequest): Promise<Opened> {
  let hop: Hop = { ...request, url: parseUrl(request.url) };
  const first = await send(deps, hop);
  let answer = first;
  try {
    for (let redirects = 0; ; redirects++) {
      const { statusCode = 0, headers } = answer;
      const to = REDIRECTS.includes(statusCode) ? headers.location : undefined;
      if (to === undefined || request.redirects === 'answer') return { message: answer, url: hop.url };
      answer.destroy();
      if (redirects === MAX_REDIRECTS) throw new RequestRefused(`More than ${MAX_REDIRECTS} redirects.`);
      hop = follow(hop, parseUrl(to, hop.url), statusCode);
      answer = await send(deps, hop);
    }
  } catch (error) {
    const { statusCode: status = 0 } = first;
    throw new RedirectFailed({ status, host: hop.url.host }, { cause: error });
  }
}

const REDIRECTS = [301, 302, 303, 307, 308];

type Hop = Omit<OpenRequest, 'url'> & { url: URL };

async function send({ tools, lookup }: Outgoing, hop: Hop): Promise<IncomingMessage> {
  const { url, method, signal, body } = hop;
  const agent = guardedAgent(url, tools.allow_private_hosts, lookup);
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !OURS.test(name)));
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const request = start(url, {
      method,
      agent,
      signal,
      headers: { 'user-agent': 'orchestrator', 'accept-encoding': 'identity', ...headers },
    });
    let connected = false;
    request.once('socket', (socket) =>
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connected = true;
      }),
    );
    request.once('response', resolve);
    // stays: what breaks an answer off is told here too
    request.on('error', (error) => reject(connected ? error : unlessRefused(error)));
    request.end(body);
  });
}

const unlessRefused = (error: Error): Error =>
  error instanceof PublicAddressError ? error : new NeverSent(errorCode(error), { cause: error });

/** The code of an error, or its message; several addresses of one name come as one error with many. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.message : errorCode(error.cause);
}

/** As browsers do it: https://fetch.spec.whatwg.org/#http-redirect-fetch */
function follow(hop: Hop, url: URL, status: number): Hop {
  const { body: _, ...bodyless } = hop;
  const toGet =
    (status === 303 && hop.method !== 'HEAD') || ([301, 302].includes(status) && hop.method === 'POST');
  const next: Hop = toGet ? { ...bodyless, method: 'GET' } : hop;
  const headers =
    url.origin === hop.url.origin
      ? next.headers
      : Object.fromEntries(
          Object.entries(next.headers).filter(([name]) => FOR_ANYBODY.has(name.toLowerCase())),
        );
  return { ...next, headers, url };
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (!url) throw new RequestRefused(`${text} is not a URL.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new RequestRefused(`Only http and https are allowed, not ${url.protocol.slice(0, -1)}.`);
  }
  if (url.username || url.password)
    throw new RequestRefused('Give user and password in a header, not in the URL.');
  return url;
}
