import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Config, type RosterAgent } from '../contracts/config.ts';
import { type FieldIssue, ProblemError } from '../contracts/error.ts';
import { dataDir } from './data-dir.ts';
import { type Env, envIsSet, envString } from './env.ts';
import { requestIssues } from './request-issues.ts';
import { toolNameIssue } from './roster/tool-names.ts';
import { loadRoster } from './roster.ts';
import { parseYaml } from './yaml/yaml-file.ts';

/** What an installation is set to, with its agents. */
export interface LoadedConfig {
  config: Config;
  roster: RosterAgent[];
  /** absolute path of the file it was read from; null: defaults */
  file: string | null;
}

/** The file that ORCHESTRATOR_CONFIG names; undefined when it is not set. */
export function namedConfigFile(env: Env = process.env): string | undefined {
  return envIsSet('ORCHESTRATOR_CONFIG', env) ? envString('ORCHESTRATOR_CONFIG', env) : undefined;
}

/**
 * Reads the configuration and the roster. In the processes that `npm start` runs, repositories of examples are allowed
 * besides those that the file names.
 * @param file a configuration file that must be there; undefined: orchestrator.yaml of the working directory,
 *   or defaults where there is none
 * @throws ProblemError (validation) with every mistake of the file and of all agents
 */
export function loadConfig(file: string | undefined = namedConfigFile()): LoadedConfig {
  const path = resolve(file ?? envString('ORCHESTRATOR_CONFIG', {}));
  if (!existsSync(path)) {
    if (file !== undefined) {
      throw invalid([{ path: file, issue: 'this configuration file does not exist' }]);
    }
    return { ...withRoster(Config.parse({}), null, 'orchestrator.yaml', []), file: null };
  }
  const label = basename(path);
  const parsed = parseYaml(readText(path, label), Config, label);
  const ownDir = agentsDirOf(parsed.raw, dirname(path));
  if (!parsed.ok) {
    // which servers are meant is not certain as long as the file has mistakes
    const sources = { agents_dir: ownDir, http_agents: [], config_label: label };
    throw invalid([...parsed.issues, ...loadRoster(sources).issues]);
  }
  const { value: config } = parsed;
  const issues = [...requestIssues(config, label), ...safeToolIssues(config, label)];
  return { ...withRoster(config, ownDir, label, issues), file: path };
}

/** The folder of agents that the file names, mistakes elsewhere in it or not; else the usual one if it is there. */
function agentsDirOf(raw: unknown, folder: string): string | null {
  const named = typeof raw === 'object' && raw !== null && 'agents_dir' in raw ? raw.agents_dir : undefined;
  const path = resolve(folder, typeof named === 'string' ? named : Config.parse({}).agents_dir);
  return typeof named === 'string' || existsSync(path) ? path : null;
}

function safeToolIssues({ tools, mcp_servers }: Config, label: string): FieldIssue[] {
  const servers = Object.keys(mcp_servers);
  return tools.safe.flatMap((name, index) => {
    const issue = toolNameIssue(name, servers);
    return issue ? [{ path: `${label}: tools.safe.${index}`, issue }] : [];
  });
}

function withRoster(config: Config, agents_dir: string | null, label: string, before: FieldIssue[]) {
  const { roster, issues } = loadRoster({
    agents_dir,
    http_agents: config.agents,
    config_label: label,
    mcp_servers: Object.keys(config.mcp_servers),
  });
  const all = [...before, ...issues];
  if (all.length > 0) throw invalid(all);
  return { config: withExamples(config), roster };
}

/** The demo makes repositories in the data folder, which the worker and the API of `npm start` share on one machine. */
function withExamples(config: Config, env: Env = process.env): Config {
  if (!envIsSet('ORCHESTRATOR_LAUNCHED', env)) return config;
  const { repositories } = config;
  const roots = [...repositories.roots, dataDir(undefined, env).examples];
  return { ...config, repositories: { ...repositories, roots } };
}

function readText(path: string, label: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw invalid([{ path: label, issue: `can't be read: ${code}` }]);
  }
}

function invalid(fields: FieldIssue[]): ProblemError {
  const lines = fields.map(({ path, issue }) => `  ${path}: ${issue}`).join('\n');
  return new ProblemError({
    code: 'validation',
    message: `The configuration can't be used:\n${lines}`,
    fields,
  });
}
