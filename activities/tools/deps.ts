import type { LookupFunction } from 'node:net';
import type { Config } from '../../contracts/config.ts';
import type { Price } from '../../contracts/money.ts';
import type { PriceQuery } from '../../core/money/prices.ts';
import type { Mask } from '../../core/text/mask.ts';
import type { Store } from '../../store/index.ts';
import type { ToolCredentials } from './credentials.ts';
import type { ServerPlace } from './mcp/confined.ts';
import type { McpServerSettings } from './mcp/settings.ts';

/** What tools work with, whoever calls them. */
export interface ToolDeps {
  store: Pick<
    Store,
    'artifactOf' | 'readOutput' | 'openContent' | 'beginCall' | 'settleCall' | 'estimateCall' | 'releaseCall'
  >;
  /** what a model of a tool costs; null: nobody knows */
  price(query: PriceQuery): Price | null;
  commands: Pick<Config, 'commands' | 'command_allowlist'>;
  limits: Pick<Config['limits'], 'artifact_bytes'>;
  tools: Pick<Config['tools'], 'allow_private_hosts' | 'result_chars'>;
  mcp_servers: Readonly<Record<string, McpServerSettings>>;
  /** where those of them run that are programs */
  mcp_place: ServerPlace;
  credentials: ToolCredentials;
  /** value of a `${secret:NAME}`, undefined where there is none */
  secret(name: string): string | undefined;
  /** keeps secrets out of results */
  mask: Mask;
  /** resolves names for requests of agents; the system's by default */
  lookup?: LookupFunction;
}
