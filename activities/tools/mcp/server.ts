import type { Tool as McpToolDescription } from '@modelcontextprotocol/sdk/types.js';
import { type ToolContext, ToolError } from '../tool.ts';
import { connect, type McpConnection } from './connect.ts';
import type { McpServerSettings } from './settings.ts';

/** Longest wait for a call without a word of progress, and in all. */
const SILENCE_MS = 5 * 60_000;
const TOTAL_MS = 60 * 60_000;
const LIST_TIMEOUT_MS = 30_000;

export type McpResult = Awaited<ReturnType<McpConnection['client']['callTool']>>;

/** A server of the configuration, connected when it is first needed and again after the connection was lost. */
export interface McpServer {
  list(): Promise<McpToolDescription[]>;
  call(tool: string, input: Record<string, unknown>, context: ToolContext): Promise<McpResult>;
  close(): Promise<void>;
}

export function createMcpServer(
  name: string,
  config: McpServerSettings,
  options: { secret(name: string): string | undefined },
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

  return {
    async list() {
      const { client } = await open();
      const tools: McpToolDescription[] = [];
      let cursor: string | undefined;
      do {
        const page = await client.listTools(cursor ? { cursor } : {}, { timeout: LIST_TIMEOUT_MS });
        tools.push(...page.tools);
        cursor = page.nextCursor;
      } while (cursor);
      return tools;
    },
    async call(tool, input, { signal, heartbeat }) {
      const request = async () => {
        const { client } = await open();
        return await client.callTool({ name: tool, arguments: input }, undefined, {
          signal,
          timeout: SILENCE_MS,
          maxTotalTimeout: TOTAL_MS,
          resetTimeoutOnProgress: true,
          onprogress: () => heartbeat(),
        });
      };
      try {
        return await request();
      } catch (error) {
        signal.throwIfAborted();
        if (isRefusal(error)) throw new ToolError(`The MCP server ${name} refused: ${error.message}`);
        await drop();
        // the server knows nothing of our session, so it did not take the call
        if (isSessionGone(error)) return await request();
        const why = error instanceof Error ? error.message : String(error);
        throw new ToolError(
          `The MCP server ${name} could not be asked, or its answer was lost (${why}). It may have carried the call out: look before you repeat it.`,
        );
      }
    },
    close: drop,
  };
}

/** JSON-RPC errors that the server gave, as against those that the SDK makes of a lost connection (-32000, -32001). */
function isRefusal(error: unknown): error is Error {
  return codeOf(error) <= -32002 || codeOf(error) >= 1000;
}

/** 404 by the protocol (2025-06-18, basic/transports, Session Management); many servers answer 400. */
const isSessionGone = (error: unknown): boolean => [400, 404].includes(codeOf(error));

function codeOf(error: unknown): number {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 0;
}
