import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { type ApiAddress, authorization, baseUrl } from '../../client/client.ts';
import { type ApiError, apiErrorOf, UnreachableError } from '../../client/errors.ts';
import { readFrames } from '../../client/sse.ts';

/** What a session of the API is told with every message. */
export interface SessionHeaders {
  session_id: string | null;
  protocol_version: string | null;
}

/** How sending a message ended. `broken`: the connection was lost before the answer was there. */
export type Posted =
  | { status: 'answered'; session_id: string | null }
  | { status: 'refused'; error: ApiError }
  | { status: 'broken'; error: UnreachableError };

/**
 * Sends one message to `/mcp` and hands over what comes back, as it comes.
 * @param path `/mcp` with its query
 * @param awaited id of the request that the message is; undefined for others, which have no answer
 */
export async function postMessage(
  address: ApiAddress,
  path: string,
  message: JSONRPCMessage,
  options: SessionHeaders & {
    awaited: string | number | undefined;
    signal: AbortSignal;
    take(message: JSONRPCMessage): Promise<void>;
  },
): Promise<Posted> {
  const { session_id, protocol_version, awaited, signal, take } = options;
  try {
    const response = await fetch(`${baseUrl(address)}${path}`, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...authorization(address),
        ...(session_id === null ? {} : { 'mcp-session-id': session_id }),
        ...(protocol_version === null ? {} : { 'mcp-protocol-version': protocol_version }),
      },
      body: JSON.stringify(message),
      signal,
    });
    if (!response.ok) {
      const body: unknown = await response.json().catch(() => undefined);
      return { status: 'refused', error: apiErrorOf(response.status, body) };
    }
    const answered = { status: 'answered', session_id: response.headers.get('mcp-session-id') } as const;
    if (awaited === undefined || response.body === null) {
      await response.body?.cancel();
      return answered;
    }
    for await (const { data } of readFrames(response.body)) {
      const said = JSONRPCMessageSchema.parse(JSON.parse(data));
      await take(said);
      if ('id' in said && said.id === awaited && !('method' in said)) return answered;
    }
    return { status: 'broken', error: new UnreachableError(new Error('the connection ended')) };
  } catch (error) {
    return { status: 'broken', error: new UnreachableError(error) };
  }
}
