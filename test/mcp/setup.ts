import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { RequestOptions } from '@modelcontextprotocol/sdk/shared/protocol.js';
import { type AgentOptions, API_KEY, workerOptions } from '../agents/setup.ts';
import { startService, type TestService } from '../cli/service.ts';
import { type FakeAnthropic, startFakeAnthropic } from '../fakes/anthropic.ts';

const BIN = join(import.meta.dirname, '../../cli/bin.ts');

/** The service with a fake of the model API, and whoever speaks MCP to it. */
export interface McpWorld extends TestService {
  fake: FakeAnthropic;
  connect(transport: TransportName, options?: ConnectOptions): Promise<ToolClient>;
}

export type TransportName = 'http' | 'stdio';

interface ConnectOptions {
  api_key?: string;
  project?: string;
  /** the opt-in set */
  plans?: boolean;
}

/** The official client, and what tests do with it. */
export interface ToolClient {
  client: Client;
  /** Calls a tool; gives its data, its text and the blocks behind it. */
  call(name: string, input?: Record<string, unknown>, options?: RequestOptions): Promise<Called>;
  close(): Promise<void>;
}

export interface Called {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  data: any;
  text: string;
  /** content blocks after the first */
  more: string[];
  isError: boolean;
}

/** Starts the service; once a test file is enough. */
export async function startMcpWorld(options: AgentOptions = {}): Promise<McpWorld> {
  const fake = await startFakeAnthropic({ api_key: API_KEY });
  const service = await startService(workerOptions(fake, options));
  const clients: Client[] = [];
  return {
    ...service,
    fake,
    async connect(name, { api_key, project = 'default', plans = false } = {}) {
      const client = new Client({ name: 'a test', version: '1' });
      await client.connect(name === 'http' ? overHttp() : asProgram());
      clients.push(client);
      return { client, call: (...args) => call(client, ...args), close: () => client.close() };

      function overHttp() {
        const headers = api_key ? { authorization: `Bearer ${api_key}` } : undefined;
        const query = `?project=${project}${plans ? '&tools=plans' : ''}`;
        return new StreamableHTTPClientTransport(new URL(`${service.url}/mcp${query}`), {
          requestInit: { headers },
        });
      }
      function asProgram() {
        return new StdioClientTransport({
          command: process.execPath,
          args: [BIN, 'mcp', '--project', project, ...(plans ? ['--plans'] : [])],
          env: {
            PATH: process.env.PATH ?? '',
            ORCHESTRATOR_URL: service.url,
            ...(api_key ? { ORCHESTRATOR_API_KEY: api_key } : {}),
          },
          stderr: 'inherit',
        });
      }
    },
    async close() {
      await Promise.all(clients.map((client) => client.close().catch(() => undefined)));
      await service.close();
      await fake.close();
    },
  };
}

async function call(
  client: Client,
  name: string,
  input: Record<string, unknown> = {},
  options?: RequestOptions,
): Promise<Called> {
  const result = await client.callTool({ name, arguments: input }, undefined, options);
  const blocks = (result.content as { type: string; text: string }[]).map(({ text }) => text);
  return {
    data: result.structuredContent,
    text: blocks[0]!,
    more: blocks.slice(1),
    isError: result.isError === true,
  };
}
