import type { IncomingMessage } from 'node:http';
import { PublicAddressError } from '../../config/private-hosts.ts';
import { errorCode, NeverSent, type Outgoing, openRequest } from '../tools/http/open.ts';

/** What came of posting a brief. */
export type PostResult =
  | { kind: 'answer'; status: number; body: string }
  /** nobody took the brief: no connection came about */
  | { kind: 'unreachable'; reason: string }
  /** the address is not public, and the configuration does not allow it */
  | { kind: 'refused' }
  /** the brief may have been taken, but no usable answer came */
  | { kind: 'broken'; code: string; reason: string };

/** Longest answer that is read; larger results belong where the agent can name their address. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Codes of connections that nobody took; others, of certificates for instance, wait for somebody to mend them. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/**
 * Posts JSON and reads the answer. Redirects are not followed: they would carry the headers elsewhere.
 * Rejects with the signal's reason when it aborts, and never otherwise.
 * @param timeout_seconds until the whole answer is there
 */
export async function postJson(
  deps: Outgoing,
  url: string,
  options: {
    body: unknown;
    headers: Record<string, string>;
    timeout_seconds: number;
    signal: AbortSignal;
    max_bytes?: number;
  },
): Promise<PostResult> {
  const { signal, timeout_seconds, max_bytes = MAX_ANSWER_BYTES } = options;
  signal.throwIfAborted();
  const timeout = AbortSignal.timeout(timeout_seconds * 1000);
  try {
    const { message } = await openRequest(deps, {
      method: 'POST',
      url,
      headers: { accept: 'application/json', ...options.headers, 'content-type': 'application/json' },
      body: JSON.stringify(options.body),
      redirects: 'answer',
      signal: AbortSignal.any([signal, timeout]),
    });
    const body = await readCapped(message, max_bytes);
    if (body !== null) return { kind: 'answer', status: message.statusCode ?? 0, body };
    return {
      kind: 'broken',
      code: 'agent_answer_too_large',
      reason: `answered more than ${max_bytes} bytes`,
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PublicAddressError) return { kind: 'refused' };
    const code = errorCode(error);
    if (error instanceof NeverSent && timeout.aborted) return { kind: 'unreachable', reason: 'ETIMEDOUT' };
    if (error instanceof NeverSent && UNREACHABLE.has(code)) return { kind: 'unreachable', reason: code };
    if (timeout.aborted) {
      const reason = `did not answer within ${timeout_seconds} s (answer_timeout_seconds); for longer work it should answer 202 and call back`;
      return { kind: 'broken', code: 'agent_timeout', reason };
    }
    return { kind: 'broken', code: 'agent_connection_lost', reason: `broke the connection (${code})` };
  }
}

/** Null when there is more than fits; the rest is not read. */
async function readCapped(message: IncomingMessage, max_bytes: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > max_bytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
