import { z } from 'zod';
import { ALLOW_PRIVATE_HOSTS, PublicAddressError } from '../../../config/private-hosts.ts';
import { errorCode, NeverSent, RedirectFailed } from '../http/open.ts';
import { type ToolContext, ToolError } from '../tool.ts';
import { type ConnectOptions, connect, type McpConnection } from './connect.ts';
import { failureOf } from './failure.ts';
import { listTools, type McpToolList } from './listing.ts';
import type { McpServerSettings } from './settings.ts';

/** Longest wait for a call without a word of progress, and in all. */
const SILENCE_MS = 5 * 60_000;
const TOTAL_MS = 60 * 60_000;
/** Longest wait for the list of tools, all its pages, the connection included. */
const LIST_MS = 45_000;

// whatever it holds: a call with an odd answer was carried out nevertheless
const Result = z.looseObject({});
export type McpResult = z.infer<typeof Result>;

/** A server of the configuration, connected when it is first needed and again after the connection was lost. */
export interface McpServer {
  /** @throws the signal's reason, or a ToolError that says why there is none */
  list(signal?: AbortSignal): Promise<McpToolList>;
  /**
   * What the server answered.
   * @throws the signal's reason; a ToolError that says what is known of the call: not made, refused, or perhaps carried out
   */
  call(tool: string, input: Record<string, unknown>, context: ToolContext): Promise<McpResult>;
  close(): Promise<void>;
}

export function createMcpServer(
  name: string,
  config: McpServerSettings,
  options: Omit<ConnectOptions, 'on_close'>,
): McpServer {
  let current: Promise<McpConnection> | undefined;

  function open(): Promise<McpConnection> {
    if (current) return current;
    const opening: Promise<McpConnection> = connect(name, config, {
      ...options,
      on_close: () => forget(opening),
    });
    current = opening;
    opening.catch(() => forget(opening));
    return opening;
  }

  function forget(connection: Promise<McpConnection>): void {
    if (current === connection) current = undefined;
  }

  /** Ends a connection that is of no more use; the next call makes a new one. */
  async function drop(): Promise<void> {
    const opened = current;
    current = undefined;
    await opened?.then((connection) => connection.close()).catch(() => undefined);
  }

  async function reach(signal: AbortSignal): Promise<McpConnection> {
    try {
      return await unlessAborted(open(), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new ToolError(
        `The MCP server ${name} can't be reached (${reasonOf(error)}). The call was not made.`,
      );
    }
  }

  return {
    async list(signal) {
      const timeout = AbortSignal.timeout(LIST_MS);
      const stop = signal ? AbortSignal.any([signal, timeout]) : timeout;
      let connection: McpConnection | undefined;
      try {
        connection = await unlessAborted(open(), stop);
        return await listTools(connection.client, stop, LIST_MS);
      } catch (error) {
        signal?.throwIfAborted();
        if (!timeout.aborted) throw new ToolError(connection?.broken() ?? reasonOf(error));
        // not waited for: it may take its time to end, too
        void drop();
        throw new ToolError(`it did not list its tools within ${LIST_MS / 1000} s`);
      }
    },
    async call(tool, input, { signal, heartbeat }) {
      for (let again = false; ; again = true) {
        const connection = await reach(signal);
        try {
          const request = { method: 'tools/call', params: { name: tool, arguments: input } } as const;
          return await connection.client.request(request, Result, {
            signal,
            timeout: SILENCE_MS,
            maxTotalTimeout: TOTAL_MS,
            resetTimeoutOnProgress: true,
            onprogress: () => heartbeat(),
          });
        } catch (error) {
          signal.throwIfAborted();
          const failure = failureOf(error, connection.broken());
          if (failure.connection === 'useless') await drop();
          // the server knows nothing of our session, so it did not take the call
          if (failure.kind === 'session_gone' && !again) continue;
          throw new ToolError(`The MCP server ${name} ${failure.said}`);
        }
      }
    },
    close: drop,
  };
}

/** Why a server can't be asked, in words. */
export function reasonOf(error: unknown): string {
  if (error instanceof PublicAddressError) return `${error.message}; ${ALLOW_PRIVATE_HOSTS}`;
  if (error instanceof RedirectFailed) return `redirected to ${error.host}: ${reasonOf(error.cause)}`;
  if (error instanceof NeverSent) return `no connection: ${errorCode(error)}`;
  return error instanceof Error ? error.message : String(error);
}

/** What a promise gives, unless the signal is aborted before that. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
