import type { Env } from '../../config/env.ts';
import type { Config } from '../../contracts/config.ts';
import { type PriceTable, priceOf } from '../../core/money/prices.ts';
import type { Mask } from '../../core/text/mask.ts';
import type { Store } from '../../store/index.ts';
import { toolCredentials } from './credentials.ts';
import type { ServerPlace } from './mcp/confined.ts';
import { createTools, type ToolRegistry } from './registry.ts';

/** The tools of a worker, as its environment and configuration say. */
export function toolsFromEnv(
  env: Env,
  {
    store,
    config,
    price_table,
    secret,
    mask,
    mcp_place,
  }: {
    store: Store;
    config: Config;
    price_table: PriceTable;
    secret(name: string): string | undefined;
    mask: Mask;
    mcp_place: ServerPlace;
  },
): ToolRegistry {
  const { tools, mcp_servers, limits } = config;
  const openai_url = env.OPENAI_BASE_URL ?? config.providers.openai?.base_url;
  return createTools({
    store,
    price: (query) => priceOf(query, config.prices, price_table),
    commands: config,
    limits,
    tools,
    mcp_servers,
    mcp_place,
    credentials: toolCredentials(env, openai_url),
    secret,
    mask,
  });
}
