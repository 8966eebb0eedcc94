import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  isInitializeRequest,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest,
} from '@modelcontextprotocol/sdk/types.js';
import { type ApiAddress, authorization, baseUrl } from '../../client/client.ts';
import { failureOf } from '../exit.ts';
import { type Posted, postMessage } from './post.ts';

/** How long a request is retried while the API does not answer: it may be restarting. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 250;
const END_MS = 1000;

/** Error of a request that the API did not answer; the range is that of implementations (JSON-RPC 2.0, 5.1). */
const NOT_ANSWERED = -32000;

/**
 * Carries messages of MCP between standard input and output and the API's `/mcp`, until the input ends. A request
 * whose connection breaks is sent again: the service knows it by its id, and starts nothing twice.
 * @param path `/mcp` with its query
 */
export async function bridge(
  address: ApiAddress,
  path: string,
  streams: { input: Readable; output: Writable },
): Promise<void> {
  const { input, output } = streams;
  const client = new StdioServerTransport(input, output);
  const session = { session_id: null as string | null, protocol_version: null as string | null };
  /** requests under way, by id: a cancelled one is no longer waited for */
  const pending = new Map<string | number, AbortController>();
  let initialize: JSONRPCRequest | undefined;

  const take = async (message: JSONRPCMessage) => {
    noteVersion(message);
    await client.send(message);
  };
  const noteVersion = (message: JSONRPCMessage) => {
    if (!('result' in message) || message.id !== initialize?.id) return;
    const { protocolVersion } = message.result;
    if (typeof protocolVersion === 'string') session.protocol_version = protocolVersion;
  };

  async function send(message: JSONRPCMessage): Promise<Posted | null> {
    const awaited = isJSONRPCRequest(message) ? message.id : undefined;
    const stop = new AbortController();
    if (awaited !== undefined) pending.set(awaited, stop);
    const end = Date.now() + PATIENCE_MS;
    try {
      for (let renewed = false; ; ) {
        const posted = await postMessage(address, path, message, {
          ...session,
          awaited,
          signal: stop.signal,
          take,
        });
        if (stop.signal.aborted) return null;
        if (posted.status === 'answered') {
          session.session_id ??= posted.session_id;
          return posted;
        }
        const isSessionGone = posted.status === 'refused' && posted.error.status === 404;
        if (isSessionGone && session.session_id !== null && !renewed) {
          renewed = true;
          await renew();
          continue;
        }
        const mayPass = posted.status === 'broken' || [429, 502, 503, 504].includes(posted.error.status);
        if (!mayPass || Date.now() >= end) return posted;
        await sleep(PAUSE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    } finally {
      if (awaited !== undefined) pending.delete(awaited);
    }
  }

  /** The service has forgotten the session: another one takes its place, and the client does not notice. */
  async function renew(): Promise<void> {
    session.session_id = null;
    if (!initialize) return;
    const quiet = async () => {};
    const options = { ...session, signal: AbortSignal.timeout(PATIENCE_MS), take: quiet };
    const { id } = initialize;
    const posted = await postMessage(address, path, initialize, { ...options, awaited: id });
    if (posted.status !== 'answered') return;
    session.session_id = posted.session_id;
    const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' } as const;
    await postMessage(address, path, initialized, { ...options, ...session, awaited: undefined });
  }

  async function handle(message: JSONRPCMessage): Promise<void> {
    if (isInitializeRequest(message) && isJSONRPCRequest(message)) initialize = message;
    const cancelled = cancelledBy(message);
    // before it is told to the service, which ends the connection of the request: that is not to be mended
    if (cancelled !== undefined) pending.get(cancelled)?.abort();
    const posted = await send(message);
    if (posted === null || posted.status === 'answered' || !isJSONRPCRequest(message)) return;
    const { message: said, advice } = failureOf(posted.error, address.url) ?? {
      message: posted.error.message,
      advice: undefined,
    };
    const text = advice ? `${said} ${advice}` : said;
    await client.send({ jsonrpc: '2.0', id: message.id, error: { code: NOT_ANSWERED, message: text } });
  }

  client.onmessage = (message) => void handle(message);
  await client.start();
  await new Promise<void>((resolve) => {
    input.once('end', resolve);
    input.once('close', resolve);
    client.onclose = resolve;
  });
  for (const stop of pending.values()) stop.abort();
  await endSession(address, path, session.session_id);
}

function cancelledBy(message: JSONRPCMessage): string | number | undefined {
  if (!('method' in message) || message.method !== 'notifications/cancelled') return undefined;
  const id = message.params?.requestId;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}

/** The session ends with its client; its tasks go on. */
async function endSession(address: ApiAddress, path: string, session_id: string | null): Promise<void> {
  if (session_id === null) return;
  const headers = { ...authorization(address), 'mcp-session-id': session_id };
  const request = { method: 'DELETE', headers, signal: AbortSignal.timeout(END_MS) };
  await fetch(`${baseUrl(address)}${path}`, request).catch(() => undefined);
}
