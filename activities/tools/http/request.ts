import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ALLOW_PRIVATE_HOSTS, PublicAddressError } from '../../../config/private-hosts.ts';
import { PrivateHostError, ToolError } from '../tool.ts';
import {
  errorCode,
  NeverSent,
  type OpenRequest,
  type Outgoing,
  openRequest,
  RedirectFailed,
  RequestRefused,
} from './open.ts';

/** A request whose answer is wanted whole. */
export interface GuardedRequest extends OpenRequest {
  /** until the whole answer is there, redirects included; default 60 */
  timeout_seconds?: number;
  /** so much of the answer is read; default 5 MB */
  max_bytes?: number;
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

/** Methods that change nothing. */
const SAFE = new Set(['GET', 'HEAD']);

const PERHAPS_DONE = 'The request was sent and may have been carried out: look before you repeat it.';

/**
 * Makes a request that reaches public addresses only, or listed hosts; every hop is checked.
 * @throws ToolError with the reason, which says what is known of a request that may have been carried out; the signal's
 *   reason when it is aborted
 */
export async function guardedRequest(deps: Outgoing, request: GuardedRequest): Promise<GuardedResponse> {
  const { timeout_seconds = 60, max_bytes = 5 * 1024 * 1024 } = request;
  const timeout = AbortSignal.timeout(timeout_seconds * 1000);
  const signal = AbortSignal.any([request.signal, timeout]);
  try {
    const { message, url } = await openRequest(deps, { ...request, signal });
    const { statusCode = 0, statusMessage = '', headers } = message;
    const read = await readCapped(message, max_bytes);
    return { status: statusCode, status_text: statusMessage, headers, url: url.href, ...read };
  } catch (error) {
    request.signal.throwIfAborted();
    const host = URL.parse(request.url)?.host ?? request.url;
    const late = timeout.aborted ? `No whole answer within ${timeout_seconds} s.` : undefined;
    throw explain(error, { host, late, changes: !SAFE.has(request.method) });
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

function explain(
  error: unknown,
  { host, late, changes }: { host: string; late: string | undefined; changes: boolean },
): ToolError {
  if (error instanceof RequestRefused) return new ToolError(error.message);
  if (error instanceof PublicAddressError) {
    return new PrivateHostError(
      `${host} is refused: it resolves to an address that is not public. ${sentence(ALLOW_PRIVATE_HOSTS)}`,
    );
  }
  if (error instanceof RedirectFailed) {
    const why = explain(error.cause, { host: error.host, late, changes: false });
    // by these the server says that it has done what it was asked: the rest is only to be read elsewhere
    const done =
      changes && [301, 302, 303].includes(error.status)
        ? ` The request itself was answered ${error.status} before that.`
        : '';
    const Kind = why instanceof PrivateHostError ? PrivateHostError : ToolError;
    return new Kind(`${why.message}${done}`);
  }
  if (error instanceof NeverSent) {
    return new ToolError(late ?? `${host} could not be reached (${errorCode(error)}); nothing was sent.`);
  }
  const lost = late ?? `The connection to ${host} was lost (${errorCode(error)}).`;
  return new ToolError(changes ? `${lost} ${PERHAPS_DONE}` : lost);
}

const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;
