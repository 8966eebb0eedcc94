import { accessSync, constants } from 'node:fs';
import type { RepositoriesConfig, RepositoryHost } from '../../../contracts/repository/config.ts';
import { hostOf, type Location, parseLocation } from '../../../core/repository/location.ts';
import { tokenHelper } from './credentials.ts';
import { repositoryAt } from './path.ts';
import { LocationRefused } from './refused.ts';
import { sshCommand } from './ssh.ts';

/** What calls of git that reach a remote need. For a path: no arguments, no variables, and the path. */
export interface RemoteAccess {
  /** before the subcommand: `-c` and the like */
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** path, or URL without credentials */
  url: string;
  /** token, as `GitOptions.secret` */
  secret?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Longer ones would not fit into the pipe; none is. */
const MAX_TOKEN = 4000;

/**
 * How calls of git reach repositories: only those below `roots`, and those of `hosts`.
 * @param env with the tokens that the configuration names
 * @returns throws LocationRefused for any other
 */
export function remoteAccess(config: RepositoriesConfig, env: Env): (location: string) => RemoteAccess {
  return (text) => {
    const location = parseLocation(text);
    if ('problem' in location) throw new LocationRefused(`The repository ${location.problem}.`);
    if (location.kind === 'path') {
      return { args: [], env: {}, url: repositoryAt(config.roots, location.path).path };
    }
    const host = hostOf(config, location);
    if ('problem' in host) throw new LocationRefused(`The repository ${host.problem}.`);
    return location.kind === 'ssh' ? bySsh(location, host) : byHttp(location, host, env);
  };
}

/** The token of a host; undefined: none is configured. */
export function tokenOf(host: RepositoryHost, env: Env): string | undefined {
  if (host.token_env === undefined) return undefined;
  const token = env[host.token_env]?.trim();
  if (!token) {
    throw new LocationRefused(
      `The variable ${host.token_env} is not set for the worker: repositories.hosts names it for the token.`,
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token) || token.length > MAX_TOKEN) {
    throw new LocationRefused(
      `The variable ${host.token_env} holds no token: it has spaces or other characters that tokens have not, or is too long.`,
    );
  }
  return token;
}

type Remote = Exclude<Location, { kind: 'path' }>;

function byHttp({ url }: Remote, host: RepositoryHost, env: Env): RemoteAccess {
  const secret = tokenOf(host, env);
  // GitHub takes any user name, GitLab any with most tokens and this one with all
  const helper =
    secret === undefined ? [] : tokenHelper(url, host.api === 'gitlab' ? 'oauth2' : 'x-access-token');
  return {
    args: [...helper, ...PATIENCE],
    env: Object.fromEntries(OF_THE_NETWORK.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    url,
    ...(secret === undefined ? {} : { secret }),
  };
}

/** A server that says nothing for so long is given up; while it works, git servers say so every five seconds. */
const PATIENCE = ['-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=120'];

/** How this machine gets out, and whom it trusts: settings of the system, not of a user. */
const OF_THE_NETWORK = [
  'https_proxy',
  'HTTPS_PROXY',
  'no_proxy',
  'NO_PROXY',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
];

function bySsh({ url, host: name }: Remote, host: RepositoryHost): RemoteAccess {
  const { ssh_key_file: key, known_hosts_file: known_hosts } = host;
  if (key === undefined || known_hosts === undefined) {
    throw new LocationRefused(
      `${name} can't be reached over ssh: set ssh_key_file and known_hosts_file at repositories.hosts["${name}"] of the configuration, or use the https URL.`,
    );
  }
  for (const [field, file] of Object.entries({ ssh_key_file: key, known_hosts_file: known_hosts })) {
    if (isReadable(file)) continue;
    throw new LocationRefused(
      `The file ${field} of repositories.hosts["${name}"] is not there, or the worker may not read it.`,
    );
  }
  return {
    args: [],
    env: { GIT_SSH_COMMAND: sshCommand({ key, known_hosts }), GIT_SSH_VARIANT: 'ssh' },
    url,
  };
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
