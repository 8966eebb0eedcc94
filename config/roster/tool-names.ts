import { BUILT_IN_TOOLS } from '../../contracts/tool-names.ts';
import { matchesTool } from '../../core/agents/tool-patterns.ts';

/** Names that are shown for a mistaken one, at most. */
const SHOWN = 3;

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
      : `no tool is called '${pattern}'; ${nearest(pattern, candidates(servers), toolsAre(servers))}`;
  }
  const server = fixed.slice(0, at);
  if (servers === undefined || servers.includes(server)) return null;
  const known = servers.length > 0 ? `there are ${servers.join(', ')}` : 'there is none';
  const others = servers.map((name) => `${name}${pattern.slice(at)}`);
  return `no MCP server is called '${server}' under mcp_servers; ${nearest(pattern, others, known)}`;
}

const candidates = (servers: readonly string[] = []): string[] => [
  ...BUILT_IN_TOOLS,
  ...servers.map((server) => `${server}__*`),
];

const toolsAre = (servers: readonly string[] = []): string => `there are ${candidates(servers).join(', ')}`;

function nearest(wrong: string, names: readonly string[], otherwise: string): string {
  const near = names
    .map((name) => ({ name, distance: distance(wrong, name) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.min(wrong.length, name.length) / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, SHOWN);
  return near.length > 0 ? `did you mean ${near.map(({ name }) => name).join(' or ')}?` : otherwise;
}

/** Letters to put in, take out or replace to make one word of the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
