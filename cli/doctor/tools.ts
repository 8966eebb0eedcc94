import { createSandbox } from '../../activities/sandbox/sandbox.ts';
import type { ServerPlace } from '../../activities/tools/mcp/confined.ts';
import { fitTools } from '../../activities/tools/mcp/fit-tool.ts';
import { createMcpServer } from '../../activities/tools/mcp/server.ts';
import { dataDir } from '../../config/data-dir.ts';
import { SECRET_PREFIX } from '../../config/env.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../contracts/config.ts';
import type { Context } from '../context.ts';
import { type Check, reason } from './check.ts';
import { sandboxCheck } from './sandbox.ts';

/**
 * Whether programs have a sandbox, whether the MCP servers of the configuration answer, and which of their tools agents do not have,
 * and why.
 */
export async function toolServerChecks({ globals }: Context): Promise<Check[]> {
  const { config } = loadConfig();
  const { root, mcp } = dataDir(globals.dataDir);
  const sandbox = await createSandbox({ config, data_dir: root });
  try {
    const servers = await serverChecks(config, { sandbox, homes_dir: mcp });
    return [sandboxCheck(sandbox, config.sandbox), ...servers];
  } finally {
    await sandbox.close();
  }
}

async function serverChecks(config: Config, place: ServerPlace): Promise<Check[]> {
  return await Promise.all(
    Object.entries(config.mcp_servers).map(async ([server, { risk, ...settings }]): Promise<Check> => {
      const name = `MCP server ${server}`;
      const options = {
        outgoing: config,
        place,
        secret: (secret: string) => process.env[`${SECRET_PREFIX}${secret}`],
        on_secret: () => {},
      };
      const asked = createMcpServer(server, risk ? { ...settings, risk } : settings, options);
      try {
        const { tools, cut } = await asked.list();
        const fitted = fitTools(server, tools);
        const odd = [...fitted.left_out, ...fitted.changed].map((one) => `${one.name}: ${one.reason}`);
        const detail = [`${fitted.tools.length} tools`, ...(cut ? [cut] : []), ...odd].join('; ');
        return { name, state: cut || odd.length > 0 ? 'note' : 'ok', detail };
      } catch (error) {
        const fix = 'see mcp_servers in orchestrator.yaml; until then agents work without its tools';
        return { name, state: 'missing', detail: reason(error), fix };
      } finally {
        await asked.close();
      }
    }),
  );
}
