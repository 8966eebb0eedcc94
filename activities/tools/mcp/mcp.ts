import { createHash } from 'node:crypto';
import type { Tool as McpToolDescription } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { ToolRisk } from '../../../contracts/tool.ts';
import { matchesTool } from '../../../core/tool-patterns.ts';
import type { ToolDeps } from '../deps.ts';
import { defineTool, type Tool } from '../tool.ts';
import { toOutput } from './output.ts';
import { createMcpServer, type McpServer } from './server.ts';
import type { McpServerSettings } from './settings.ts';

/** Longest name that providers take for a tool. */
const NAME_CHARS = 64;

/** The tools of all MCP servers of the configuration. */
export interface McpTools {
  /** Tools of the servers that are wanted, told by the beginning of their tools' names (`<server>__`). */
  list(wanted: (prefix: string) => boolean): Promise<McpListing>;
  /** The tool of that name; asks its server when it is not known yet. */
  find(name: string): Promise<Tool | undefined>;
  close(): Promise<void>;
}

interface McpListing {
  tools: Tool[];
  /** servers whose tools can't be told now */
  unavailable: { name: string; reason: string }[];
}

export function createMcpTools(deps: Pick<ToolDeps, 'store' | 'mcp_servers' | 'secret'>): McpTools {
  const servers = Object.entries(deps.mcp_servers).map(([name, config]) => ({
    name,
    config,
    prefix: toToolName(name, ''),
    server: createMcpServer(name, config, { secret: deps.secret }),
  }));
  const known = new Map<string, Tool>();

  async function listOf({ name, config, server }: (typeof servers)[number]): Promise<Tool[]> {
    const found = await server.list();
    const used = found.filter((tool) => config.tools.some((pattern) => matchesTool(tool.name, pattern)));
    const tools = used.map((description) => toTool(deps, { name, config, server }, description));
    for (const tool of tools) known.set(tool.name, tool);
    return tools;
  }

  return {
    async list(wanted) {
      const listing: McpListing = { tools: [], unavailable: [] };
      await Promise.all(
        servers
          .filter(({ prefix }) => wanted(prefix))
          .map(async (server) => {
            try {
              listing.tools.push(...(await listOf(server)));
            } catch (error) {
              const reason = error instanceof Error ? error.message : String(error);
              listing.unavailable.push({ name: server.name, reason });
            }
          }),
      );
      return listing;
    },
    async find(name) {
      const server = known.has(name) ? undefined : servers.find(({ prefix }) => name.startsWith(prefix));
      if (server) await listOf(server);
      return known.get(name);
    },
    async close() {
      await Promise.all(servers.map(({ server }) => server.close()));
    },
  };
}

function toTool(
  deps: Pick<ToolDeps, 'store'>,
  { name, config, server }: { name: string; config: McpServerSettings; server: McpServer },
  description: McpToolDescription,
): Tool {
  return defineTool({
    name: toToolName(name, description.name),
    description: description.description ?? description.title ?? description.name,
    // the server validates by its own schema
    input: z.record(z.string(), z.unknown()),
    input_schema: description.inputSchema,
    risk: config.risk ?? riskOf(description),
    place: 'anywhere',
    async run(input, context) {
      return await toOutput(deps, await server.call(description.name, input, context), context);
    },
  });
}

/** What a server says of its own tool: believed, since the configuration names the server. */
function riskOf({ annotations }: McpToolDescription): ToolRisk {
  if (annotations?.readOnlyHint === true) return 'low';
  return annotations?.destructiveHint === true ? 'high' : 'medium';
}

/** `<server>__<tool>` with what names of tools may hold; a name that had to be changed ends in a hash. */
function toToolName(server: string, tool: string): string {
  const wanted = `${server}__${tool}`;
  const name = wanted.replace(/[^a-zA-Z0-9_-]/g, '_');
  if (tool === '' || (name === wanted && name.length <= NAME_CHARS)) return name;
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 8);
  return `${name.slice(0, NAME_CHARS - 9)}_${hash}`;
}
