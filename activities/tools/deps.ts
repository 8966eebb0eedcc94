import type { LookupFunction } from 'node:net';
import type { Config } from '../../contracts/config.ts';
import type { Store } from '../../store/index.ts';
import type { ToolCredentials } from './credentials.ts';
import type { McpServerSettings } from './mcp/settings.ts';

/** What tools work with, whoever calls them. */
export interface ToolDeps {
  store: Pick<Store, 'artifactOf' | 'readOutput' | 'openContent'>;
  commands: Pick<Config, 'commands' | 'command_allowlist'>;
  limits: Pick<Config['limits'], 'artifact_bytes'>;
  tools: Pick<Config['tools'], 'allow_private_hosts' | 'result_chars'>;
  mcp_servers: Readonly<Record<string, McpServerSettings>>;
  credentials: ToolCredentials;
  /** value of a `${secret:NAME}`, undefined where there is none */
  secret(name: string): string | undefined;
  /** values that no result may show: see `secretValues` */
  redact: readonly string[];
  /** resolves names for requests of agents; the system's by default */
  lookup?: LookupFunction;
}
