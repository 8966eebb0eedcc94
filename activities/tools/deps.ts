import type { LookupFunction } from 'node:net';
import type { Config } from '../../contracts/config.ts';
import type { Store } from '../../store/index.ts';
import type { ToolCredentials } from './credentials.ts';
import type { McpServerConfig } from './mcp/config.ts';

/** What tools work with, whoever calls them. */
export interface ToolDeps {
  store: Pick<Store, 'artifactOf' | 'readOutput' | 'openContent'>;
  commands: Pick<Config, 'commands' | 'command_allowlist'>;
  limits: Pick<Config['limits'], 'artifact_bytes'>;
  tools: ToolSettings;
  mcp_servers: Readonly<Record<string, McpServerConfig>>;
  credentials: ToolCredentials;
  /** value of a `${secret:NAME}`, undefined where there is none */
  secret(name: string): string | undefined;
  /** values that no result may show: see `secretValues` */
  redact: readonly string[];
  /** resolves names for requests of agents; the system's by default */
  lookup?: LookupFunction;
}

/** `tools:` of the configuration. */
export interface ToolSettings {
  /** hosts (`name`, `address`, with or without `:port`) that requests of agents may reach though they are not public */
  allow_private_hosts: readonly string[];
  /** longest result that an agent reads at once, in characters; 30,000 by default */
  result_chars: number;
}
