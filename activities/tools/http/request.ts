import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ToolDeps } from '../deps.ts';
import { PrivateHostError, ToolError } from '../tool.ts';
import { guardedAgent } from './guard.ts';
import { PublicAddressError } from './public-address.ts';

/** A request of an agent. */
export interface GuardedRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** until the whole answer is there, redirects included; default 60 */
  timeout_seconds?: number;
  /** so much of the answer is read; default 5 MB */
  max_bytes?: number;
  /** `answer`: a redirect is the answer; by default five are followed */
  redirects?: 'answer';
}

export interface GuardedResponse {
  status: number;
  status_text: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** the answer is longer than what was read */
  truncated: boolean;
  /** where it came from, after redirects */
  url: string;
}

const MOST_REDIRECTS = 5;

/** Headers that go along to another origin; the others may be meant for the first one only. */
const FOR_ANYBODY = new Set(['accept', 'accept-language', 'user-agent', 'content-type']);
/** Headers that are the connection's own business. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/i;

/**
 * Makes a request that reaches public addresses only, or listed hosts, in every hop anew.
 * @throws ToolError with the reason; the signal's reason when it is aborted
 */
export async function guardedRequest(
  deps: Pick<ToolDeps, 'tools' | 'lookup'>,
  request: GuardedRequest,
): Promise<GuardedResponse> {
  const { timeout_seconds = 60 } = request;
  const timeout = AbortSignal.timeout(timeout_seconds * 1000);
  const signal = AbortSignal.any([request.signal, timeout]);
  let hop = { ...request, url: parseUrl(request.url), signal };
  try {
    for (let redirects = 0; ; redirects++) {
      const response = await send(deps, hop);
      const to = redirectOf(response.status, response.headers);
      if (to === undefined || request.redirects === 'answer') return response;
      if (redirects === MOST_REDIRECTS) throw new ToolError(`More than ${MOST_REDIRECTS} redirects.`);
      hop = follow(hop, parseUrl(to, hop.url), response.status);
    }
  } catch (error) {
    request.signal.throwIfAborted();
    if (timeout.aborted) throw new ToolError(`No whole answer within ${timeout_seconds} s.`);
    throw error instanceof ToolError ? error : explain(error, hop.url);
  }
}

type Hop = Omit<GuardedRequest, 'url'> & { url: URL };

async function send(deps: Pick<ToolDeps, 'tools' | 'lookup'>, hop: Hop): Promise<GuardedResponse> {
  const { url, method, signal, body, max_bytes = 5 * 1024 * 1024 } = hop;
  const agent = guardedAgent(url, deps.tools.allow_private_hosts, deps.lookup);
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = Object.fromEntries(Object.entries(hop.headers).filter(([name]) => !OURS.test(name)));
  try {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = start(url, {
        method,
        agent,
        signal,
        headers: { 'user-agent': 'orchestrator', 'accept-encoding': 'identity', ...headers },
      });
      request.once('response', resolve);
      request.once('error', reject);
      request.end(body);
    });
    const read = await readCapped(message, max_bytes);
    const { statusCode = 0, statusMessage = '', headers: answered } = message;
    return { status: statusCode, status_text: statusMessage, headers: answered, url: url.href, ...read };
  } finally {
    agent.destroy();
  }
}

async function readCapped(
  message: IncomingMessage,
  max_bytes: number,
): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > max_bytes) break; // leaving the loop ends the connection
  }
  return { body: Buffer.concat(chunks).subarray(0, max_bytes), truncated: bytes > max_bytes };
}

function redirectOf(status: number, headers: IncomingHttpHeaders): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? headers.location : undefined;
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
  if (!url) throw new ToolError(`${text} is not a URL.`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new ToolError(`Only http and https are allowed, not ${url.protocol.slice(0, -1)}.`);
  }
  if (url.username || url.password)
    throw new ToolError('Give user and password in a header, not in the URL.');
  return url;
}

function explain(error: unknown, { host }: URL): ToolError {
  if (error instanceof PublicAddressError) {
    return new PrivateHostError(
      `${host} is refused: it leads to an address that is not public. Only tools.allow_private_hosts of the configuration lets requests through to such hosts.`,
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : message;
  return new ToolError(`${host} could not be reached (${code || message}).`);
}
