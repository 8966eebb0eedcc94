import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Config, type RosterAgent } from '../contracts/config.ts';
import { type FieldIssue, ProblemError } from '../contracts/error.ts';
import { secretNames } from '../core/secrets.ts';
import { type Env, envIsSet, envString } from './env.ts';
import { loadRoster } from './roster.ts';
import { parseYaml } from './yaml-file.ts';

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
 * Reads the configuration and the roster.
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
  if (!parsed.ok) throw invalid([...parsed.issues, ...loadRoster(rosterSources(null, [], label)).issues]);
  const { value: config, raw } = parsed;
  const agentsDir = resolve(dirname(path), config.agents_dir);
  const named = typeof raw === 'object' && raw !== null && 'agents_dir' in raw;
  const ownDir = named || existsSync(agentsDir) ? agentsDir : null;
  return { ...withRoster(config, ownDir, label, requestIssues(config, label)), file: path };
}

function withRoster(config: Config, agents_dir: string | null, label: string, before: FieldIssue[]) {
  const { roster, issues } = loadRoster(rosterSources(agents_dir, config.agents, label));
  const all = [...before, ...issues];
  if (all.length > 0) throw invalid(all);
  return { config, roster };
}

function rosterSources(agents_dir: string | null, http_agents: Config['agents'], config_label: string) {
  return { agents_dir, http_agents, config_label };
}

/** What would make every request to an agent fail. */
function requestIssues(config: Config, label: string): FieldIssue[] {
  const credentials = config.agents.flatMap(({ base_url }, index) => {
    const { username, password } = new URL(base_url);
    const issue = 'must not contain a user or password; send them in a header, as ${secret:NAME}';
    return username || password ? [{ path: `${label}: agents.${index}.base_url`, issue }] : [];
  });
  return [...credentials, ...headerIssues(config, label)];
}

/** Headers that no request could carry, found now instead of at the first task. */
function headerIssues(config: Config, label: string): FieldIssue[] {
  return config.agents.flatMap((agent, index) =>
    Object.entries(agent.headers).flatMap(([name, value]) => {
      const path = `${label}: agents.${index}.headers.${name}`;
      const meant = value.split('${secret:').length - 1;
      const written = value.match(/\$\{secret:[A-Za-z_][A-Za-z0-9_]*\}/g)?.length ?? 0;
      if (meant !== written) {
        const known = secretNames(value).join(', ') || 'none';
        return [
          {
            path,
            issue: `write secrets as \${secret:NAME}, NAME of letters, digits and _ (readable: ${known})`,
          },
        ];
      }
      return isHeader(name, value) ? [] : [{ path, issue: 'not a header that can be sent' }];
    }),
  );
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]]);
    return true;
  } catch {
    return false;
  }
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
