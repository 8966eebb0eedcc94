import { z } from 'zod';
import { matchesTool } from '../../../core/agents/tool-patterns.ts';
import type { ToolDeps } from '../deps.ts';
import { defineTool, type Tool } from '../tool.ts';
import { type FittedTool, fitTools, type McpRemark, toToolName } from './fit-tool.ts';
import { toOutput } from './output.ts';
import { createMcpServer, type McpServer } from './server.ts';
import type { McpServerSettings } from './settings.ts';

/** The tools of all MCP servers of the configuration. */
export interface McpTools {
  /**
   * Tools of the servers that are wanted, told by the beginning of their tools' names (`<server>__`). Throws the reason
   * of the signal only.
   */
  list(wanted: (prefix: string) => boolean, signal?: AbortSignal): Promise<McpListing>;
  /** The tool of that name; asks its server when it is not known yet. */
  find(name: string, signal?: AbortSignal): Promise<Tool | undefined>;
  close(): Promise<void>;
}

interface McpListing {
  tools: Tool[];
  /** servers whose tools can't be told now */
  unavailable: McpRemark[];
  /** tools that are left out */
  left_out: McpRemark[];
  /** tools and servers that are used, but not as they are announced */
  changed: McpRemark[];
}

export function createMcpTools(
  deps: Pick<ToolDeps, 'store' | 'mcp_servers' | 'mcp_place' | 'secret' | 'tools' | 'lookup'>,
): McpTools {
  const servers = Object.entries(deps.mcp_servers).map(([name, config]) => ({
    name,
    config,
    prefix: toToolName(name, ''),
    server: createMcpServer(name, config, {
      outgoing: { tools: deps.tools, lookup: deps.lookup },
      place: deps.mcp_place,
      secret: deps.secret,
    }),
  }));
  const known = new Map<string, Tool>();

  async function listOf({ name, config, server }: (typeof servers)[number], signal?: AbortSignal) {
    const { tools: listed, cut } = await server.list(signal);
    const isUsed = (tool: unknown) => {
      const own = z.looseObject({ name: z.string() }).safeParse(tool);
      return !own.success || config.tools.some((pattern) => matchesTool(own.data.name, pattern));
    };
    const { tools: fitted, left_out, changed } = fitTools(name, listed.filter(isUsed));
    const tools = fitted.map((tool) => toTool(deps, { config, server }, tool));
    for (const tool of tools) known.set(tool.name, tool);
    return {
      tools,
      left_out,
      changed: cut ? [...changed, { name, reason: `${cut}; the rest is left out` }] : changed,
    };
  }

  return {
    async list(wanted, signal) {
      const listing: McpListing = { tools: [], unavailable: [], left_out: [], changed: [] };
      await Promise.all(
        servers
          .filter(({ prefix }) => wanted(prefix))
          .map(async (server) => {
            try {
              const { tools, left_out, changed } = await listOf(server, signal);
              listing.tools = listing.tools.concat(tools);
              listing.left_out = listing.left_out.concat(left_out);
              listing.changed = listing.changed.concat(changed);
            } catch (error) {
              signal?.throwIfAborted();
              listing.unavailable.push({
                name: server.name,
                reason: error instanceof Error ? error.message : String(error),
              });
            }
          }),
      );
      return listing;
    },
    async find(name, signal) {
      const server = known.has(name) ? undefined : servers.find(({ prefix }) => name.startsWith(prefix));
      if (server) await listOf(server, signal);
      return known.get(name);
    },
    async close() {
      await Promise.all(servers.map(({ server }) => server.close()));
    },
  };
}

function toTool(
  deps: Pick<ToolDeps, 'store'>,
  { config, server }: { config: McpServerSettings; server: McpServer },
  { own_name, output_schema, ...tool }: FittedTool,
): Tool {
  return defineTool({
    ...tool,
    // the server validates by its own schema
    input: z.record(z.string(), z.unknown()),
    risk: config.risk ?? tool.risk,
    place: 'anywhere',
    async run(input, context) {
      const result = await server.call(own_name, input, context);
      return await toOutput(deps, { result, output_schema }, context);
    },
  });
}
