import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActivityDeps } from '../../activities/deps.ts';
import { createRateLimiter } from '../../activities/model/rate-limit.ts';
import { createSandbox, noSandbox, type Sandbox } from '../../activities/sandbox/sandbox.ts';
import { toolsFromEnv } from '../../activities/tools/from-env.ts';
import { loadRoster } from '../../config/roster.ts';
import { secretValues } from '../../config/secret-values.ts';
import { Config } from '../../contracts/config.ts';
import { createMask } from '../../core/text/mask.ts';
import { tablePrice } from '../../providers/price-table.ts';
import { createProviders } from '../../providers/registry.ts';
import { openStore } from '../../store/index.ts';

export interface DepsOptions {
  config?: Record<string, unknown>;
  /** what the providers read: keys and base URLs; nothing by default */
  env?: Record<string, string>;
  secrets?: Record<string, string>;
  /** its programs run in a sandbox; by default only with ORCHESTRATOR_TEST_SANDBOX */
  in_sandbox?: boolean | undefined;
}

/** Nobody answers there: a test does not depend on who else runs on the machine. */
const NO_OLLAMA = 'http://127.0.0.1:1';

const IN_SANDBOX = process.env.ORCHESTRATOR_TEST_SANDBOX === '1';

/**
 * What guards the programs of tests that do not say so themselves: nothing, or with ORCHESTRATOR_TEST_SANDBOX a sandbox in which
 * commands see the files by which tests wait for them.
 */
export async function usualSandbox(config: Config, data_dir: string): Promise<Sandbox> {
  if (!IN_SANDBOX) return noSandbox();
  const sandbox = { ...config.sandbox, writable: [...config.sandbox.writable, tmpdir()] };
  return await createSandbox({ config: { sandbox }, data_dir });
}

/** What activities work with, over SQLite and folders in `folder`. */
export async function testDeps(
  folder: string,
  options: DepsOptions,
): Promise<Omit<ActivityDeps, 'temporal'>> {
  const config = Config.parse(options.config ?? {});
  const mask = createMask([...Object.values(options.secrets ?? {}), ...secretValues(options.env ?? {})]);
  const store = await openStore({
    sqlite_file: join(folder, 'orchestrator.db'),
    artifacts_dir: join(folder, 'artifacts'),
    mask,
  });
  const secret = (name: string) => options.secrets?.[name];
  const { in_sandbox } = options;
  const made = in_sandbox ? createSandbox({ config, data_dir: folder }) : noSandbox();
  const sandbox = await (in_sandbox === undefined ? usualSandbox(config, folder) : made);
  const mcp_place = { sandbox, homes_dir: join(folder, 'mcp') };
  return {
    store,
    limiter: createRateLimiter({ limits: config.rate_limits }),
    tools: toolsFromEnv(options.env ?? {}, {
      store,
      config,
      price_table: tablePrice,
      secret,
      mask,
      mcp_place,
    }),
    config,
    roster: loadRoster({ agents_dir: null, http_agents: config.agents, config_label: 'test' }).roster,
    providers: createProviders({ OLLAMA_BASE_URL: NO_OLLAMA, ...options.env }, config),
    price_table: tablePrice,
    publish: () => {},
    secret,
    mask,
    sandbox,
    host_id: 'testhost',
    work_dir: join(folder, 'work'),
    mirrors_dir: join(folder, 'mirrors'),
    environment: options.env ?? {},
    public_url: 'http://127.0.0.1:1',
    worker: 'test:1',
  };
}
