import type { McpServerConfig } from '../../../contracts/config.ts';
import type { ToolRisk } from '../../../contracts/tool.ts';

/** A server as the configuration has it; without a risk, its tools have the one that they say of themselves. */
export type McpServerSettings = Omit<McpServerConfig, 'risk'> & { risk?: ToolRisk };
