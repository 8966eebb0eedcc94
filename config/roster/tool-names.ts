import { BUILT_IN_TOOLS } from '../../contracts/tool-names.ts';
import { matchesTool } from '../../core/agents/tool-patterns.ts';
import { nearest } from '../../core/text/nearest.ts';

/**
 * What is wrong with the name of a tool, or a pattern of names, in the configuration; null where there may be such a tool.
 * Of the tools of an MCP server only the server is known: `<server>__<tool>`.
 * @param servers names of the configured MCP servers; undefined: they are not known either
 */
export function toolNameIssue(pattern: string, servers: readonly string[] | undefined): string | null {
  // what is no name at all is said elsewhere
  if (!/^[\w*-]+$/.test(pattern)) return null;
  const [fixed = ''] = pattern.split('*', 1);
  const isPattern = pattern.includes('*');
  const isBuiltIn = BUILT_IN_TOOLS.some((name) => matchesTool(name, pattern));
  // what begins with * may be meant for servers to come
  if (isBuiltIn || (isPattern && fixed === '')) return null;
  const at = fixed.indexOf('__');
  if (at < 0) {
    const begins =
      isPattern && (servers === undefined || servers.some((server) => `${server}__`.startsWith(fixed)));
    return begins
      ? null
      : `no tool is called '${pattern}'; ${didYouMean(pattern, candidates(servers), toolsAre(servers))}`;
  }
  const server = fixed.slice(0, at);
  if (servers === undefined || servers.includes(server)) return null;
  const known = servers.length > 0 ? `there are ${servers.join(', ')}` : 'there is none';
  const others = servers.map((name) => `${name}${pattern.slice(at)}`);
  return `no MCP server is called '${server}' under mcp_servers; ${didYouMean(pattern, others, known)}`;
}

const candidates = (servers: readonly string[] = []): string[] => [
  ...BUILT_IN_TOOLS,
  ...servers.map((server) => `${server}__*`),
];

const toolsAre = (servers: readonly string[] = []): string => `there are ${candidates(servers).join(', ')}`;

function didYouMean(wrong: string, names: readonly string[], otherwise: string): string {
  const near = nearest(wrong, names);
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : otherwise;
}
