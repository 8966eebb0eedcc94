import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { ALLOW_PRIVATE_HOSTS, PublicAddressError } from '../../../config/private-hosts.ts';
import { errorCode, NeverSent, RedirectFailed } from '../http/open.ts';

/** What is known of a call that gave no answer. */
export interface McpFailure {
  kind: 'session_gone' | 'other';
  /** for the agent, after the name of the server */
  said: string;
  connection: 'usable' | 'useless';
}

const LOOK_FIRST = 'It may have carried the call out: look before you repeat it.';

/** Errors by which a server says that it took a call for none: https://www.jsonrpc.org/specification#error_object */
const NOT_TAKEN: readonly number[] = [
  ErrorCode.ParseError,
  ErrorCode.InvalidRequest,
  ErrorCode.MethodNotFound,
  ErrorCode.InvalidParams,
];

/**
 * Tells a refusal, which only the server itself can give, from a call of which nobody knows what became.
 * @param broken what the connection broke with, where it did
 */
export function failureOf(error: unknown, broken: string | undefined): McpFailure {
  if (error instanceof PublicAddressError) {
    const said = `can't be reached (${error.message}; ${ALLOW_PRIVATE_HOSTS}). The call was not made.`;
    return { kind: 'other', said, connection: 'useless' };
  }
  if (error instanceof NeverSent) {
    const said = `can't be reached (${errorCode(error)}). The call was not made.`;
    return { kind: 'other', said, connection: 'useless' };
  }
  if (error instanceof RedirectFailed) {
    const { status, host, cause } = error;
    const said = `redirected the call (${status}) to ${host}, which could not be asked (${errorCode(cause)}). ${LOOK_FIRST}`;
    return { kind: 'other', said, connection: 'useless' };
  }
  if (error instanceof StreamableHTTPError && (error.code ?? 0) >= 400)
    return ofStatus(error.code!, error.message);
  if (error instanceof McpError && !isOurs(error)) {
    const taken = NOT_TAKEN.includes(error.code)
      ? 'refused'
      : 'answered with an error, whatever it did before';
    return { kind: 'other', said: `${taken}: ${error.message}`, connection: 'usable' };
  }
  if (error instanceof McpError && error.code === ErrorCode.RequestTimeout) {
    const said = `did not answer in time (${error.message}). ${LOOK_FIRST}`;
    return { kind: 'other', said, connection: 'usable' };
  }
  const why = broken ?? (error instanceof Error ? error.message : String(error));
  return {
    kind: 'other',
    said: `was asked, but its answer was lost (${why}). ${LOOK_FIRST}`,
    connection: 'useless',
  };
}

/** 404 by the protocol (2025-06-18, basic/transports, Session Management); many servers answer 400. */
function ofStatus(status: number, message: string): McpFailure {
  if (status >= 500) {
    return {
      kind: 'other',
      said: `answered HTTP ${status} (${message}). ${LOOK_FIRST}`,
      connection: 'useless',
    };
  }
  const kind = status === 400 || status === 404 ? 'session_gone' : 'other';
  return { kind, said: `refused with HTTP ${status}: ${message}`, connection: 'useless' };
}

/** Whether the SDK made an error itself, of a lost connection or a time-out. */
function isOurs({ code, message, data }: McpError): boolean {
  if (code === ErrorCode.ConnectionClosed) return message === `MCP error ${code}: Connection closed`;
  const waited =
    typeof data === 'object' && data !== null && ('timeout' in data || 'maxTotalTimeout' in data);
  return code === ErrorCode.RequestTimeout && waited;
}
