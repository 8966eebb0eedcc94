import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { HttpAgentConfig, RosterAgent } from '../contracts/config.ts';
import type { FieldIssue } from '../contracts/error.ts';
import { parseAgentFile } from './roster/agent-file.ts';

/** The agents that come with the project. */
const SHIPPED_AGENTS_DIR = resolve(import.meta.dirname, '../agents');

/** Agents that every roster has, under these names. */
const BUILT_IN_AGENTS: readonly RosterAgent[] = [
  {
    name: 'command',
    kind: 'command',
    description: 'Runs a shell command or program; its standard output is the result.',
    capabilities: [],
  },
  {
    name: 'human',
    kind: 'human',
    description: 'A person: the task waits until somebody completes it.',
    capabilities: [],
  },
];

/** Where the agents of an installation come from. */
export interface RosterSources {
  /** the installation's own folder of agents; null where it has none */
  agents_dir: string | null;
  http_agents: readonly HttpAgentConfig[];
  /** the configuration file's name in messages */
  config_label: string;
  /** names of the configured MCP servers, whose tools agents may name; left out: not known */
  mcp_servers?: readonly string[];
}

/**
 * The roster: built-in agents, those that come with the project, those of the installation's folder and those
 * over HTTP, with everything that is wrong with them. A file of the installation takes the place of a shipped
 * agent of the same name; any other name that is there twice is a mistake.
 */
export function loadRoster(sources: RosterSources): { roster: RosterAgent[]; issues: FieldIssue[] } {
  const { agents_dir, mcp_servers } = sources;
  const shipped = readFolder(SHIPPED_AGENTS_DIR, mcp_servers);
  const own = ownFolder(agents_dir, mcp_servers);
  const http = sources.http_agents.map((agent, index) => ({
    label: `${sources.config_label}: agents.${index}.name`,
    agent: fromHttp(agent),
  }));
  const builtIn = BUILT_IN_AGENTS.map((agent) => ({ label: 'built in', agent }));
  const replaced = new Set(own.entries.map(({ agent }) => agent.name));
  const entries = [
    ...builtIn,
    ...shipped.entries.filter(({ agent }) => !replaced.has(agent.name)),
    ...own.entries,
    ...http,
  ];
  return {
    roster: entries.map(({ agent }) => agent),
    issues: [...shipped.issues, ...own.issues, ...duplicateNames(entries)],
  };
}

interface Entry {
  label: string;
  agent: RosterAgent;
}

interface Folder {
  entries: Entry[];
  issues: FieldIssue[];
}

function ownFolder(folder: string | null, mcp_servers: RosterSources['mcp_servers']): Folder {
  if (folder === null || isSameFolder(folder, SHIPPED_AGENTS_DIR)) return { entries: [], issues: [] };
  return readFolder(folder, mcp_servers);
}

function readFolder(folder: string, mcp_servers: RosterSources['mcp_servers']): Folder {
  const found: Folder = { entries: [], issues: [] };
  let names: string[];
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .sort();
  } catch (error) {
    return {
      entries: [],
      issues: [{ path: folder, issue: `this folder of agents can't be read: ${codeOf(error)}` }],
    };
  }
  for (const name of names) {
    const path = join(folder, name);
    const label = shortPath(path);
    try {
      const parsed = parseAgentFile(readFileSync(path, 'utf8'), label, mcp_servers);
      if (parsed.ok) found.entries.push({ label, agent: parsed.agent });
      else found.issues.push(...parsed.issues);
    } catch (error) {
      found.issues.push({ path: label, issue: `can't be read: ${codeOf(error)}` });
    }
  }
  return found;
}

function duplicateNames(entries: readonly Entry[]): FieldIssue[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ label, agent }) => {
    const other = first.get(agent.name);
    if (other === undefined) {
      first.set(agent.name, label);
      return [];
    }
    return [
      { path: label, issue: `the name '${agent.name}' is taken (${other}); give this agent another one` },
    ];
  });
}

function fromHttp(agent: HttpAgentConfig): RosterAgent {
  const { name, description, capabilities } = agent;
  return { name, kind: 'http', description, capabilities, http: agent };
}

function isSameFolder(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false;
  }
}

/** Relative to the working directory where that is shorter. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
