import type { RepositoriesConfig, RepositoryHost } from '../../contracts/repository/config.ts';
import type { Deliver } from '../../contracts/repository/spec.ts';

/** Where a repository is. */
export type Location =
  | { kind: 'path'; path: string }
  | {
      kind: 'https' | 'ssh';
      /** without credentials, as git takes it */
      url: string;
      /** the name that `repositories.hosts` has it by: host, or host:port */
      host: string;
      /** without the slash at its head and `.git` at its end: `owner/name`, `group/subgroup/name` */
      project: string;
    };

/** A location that can't be used; `problem` says why, and goes on from the name of the field: `must be ...`. */
export interface LocationProblem {
  problem: string;
}

const FORMS =
  'must be the absolute path of a repository, or a URL like https://host/owner/name, ssh://git@host/owner/name or git@host:owner/name';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\x00-\x1f\x7f\u0080-\u009f\u2028\u2029]/;
const USER = '[A-Za-z0-9_][A-Za-z0-9_.-]*';
const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?';
const HTTP = new RegExp(`^(https?)://(${HOST})(?::(\\d{1,5}))?/(.+)$`, 'i');
const SSH = new RegExp(`^ssh://(?:(${USER})@)?(${HOST})(?::(\\d{1,5}))?/(.+)$`, 'i');
const SCP = new RegExp(`^(${USER})@(${HOST}):(.+)$`);
/** What stands in a path; a percent sign could hide a slash or dots from us, and not from the server. */
const SEGMENT = /^[A-Za-z0-9_~+@][A-Za-z0-9_.~+@-]*$|^\.[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;
const USUAL_PORTS: Record<string, number> = { https: 443, http: 80, ssh: 22 };
const THIS_MACHINE = new Set(['localhost', '127.0.0.1']);

/**
 * Reads where a repository is. Everything that is not one of the known forms is refused: git knows many more, some of
 * which run programs (`ext::`) or read files (`file://`).
 */
export function parseLocation(text: string): Location | LocationProblem {
  if (UNPRINTABLE.test(text)) return { problem: 'must not have control characters' };
  if (text.startsWith('/')) return { kind: 'path', path: text };
  if (/^[a-z+]+:\/\/[^/]*:[^/]*@/i.test(text) || /^https?:\/\/[^/]*@/i.test(text)) {
    return { problem: 'must not have a user or a password in it: the token is named by repositories.hosts' };
  }
  const http = HTTP.exec(text);
  if (http) {
    const [, scheme = '', host = '', port, path = ''] = http;
    if (scheme.toLowerCase() === 'http' && !THIS_MACHINE.has(host.toLowerCase())) {
      return { problem: 'must be https: http is for servers on this machine only' };
    }
    return remote('https', scheme.toLowerCase(), '', host, port, path);
  }
  const ssh = SSH.exec(text);
  if (ssh) return remote('ssh', 'ssh', ssh[1] === undefined ? '' : `${ssh[1]}@`, ssh[2]!, ssh[3], ssh[4]!);
  const scp = SCP.exec(text);
  if (!scp) return { problem: FORMS };
  const [, user, host = '', path = ''] = scp;
  const project = projectOf(path.replace(/^\//, ''));
  if (project === null) return { problem: FORMS };
  return { kind: 'ssh', url: `${user}@${host.toLowerCase()}:${path}`, host: host.toLowerCase(), project };
}

function remote(
  kind: 'https' | 'ssh',
  scheme: string,
  user: string,
  name: string,
  port: string | undefined,
  path: string,
): Location | LocationProblem {
  const project = projectOf(path);
  const number = Number(port ?? USUAL_PORTS[scheme]);
  if (project === null || number < 1 || number > 65_535) return { problem: FORMS };
  const host = `${name.toLowerCase()}${number === USUAL_PORTS[scheme] ? '' : `:${number}`}`;
  return { kind, url: `${scheme}://${user}${host}/${path}`, host, project };
}

function projectOf(path: string): string | null {
  const segments = path.replace(/\/$/, '').split('/');
  if (!segments.every((segment) => SEGMENT.test(segment))) return null;
  return segments.join('/').replace(/\/?\.git$/, '') || null;
}

/** The entry of the configuration for a remote repository. */
export function hostOf(
  config: Pick<RepositoriesConfig, 'hosts'>,
  { host }: { host: string },
): RepositoryHost | LocationProblem {
  // hosts are keys that the configuration wrote: not what every object has
  if (Object.hasOwn(config.hosts, host)) return config.hosts[host]!;
  return { problem: `is at ${host}, which repositories.hosts of the configuration does not name` };
}

/** Why a result can't be delivered in this way; null where it can, as far as that can be told beforehand. */
export function deliverProblem(
  config: Pick<RepositoriesConfig, 'hosts'>,
  location: Location,
  deliver: Deliver,
): string | null {
  if (deliver === 'branch') return null;
  if (location.kind === 'path') {
    return `A repository at a path takes \`deliver: branch\`, not \`${deliver}\`, which is for URLs.`;
  }
  const host = hostOf(config, location);
  if ('problem' in host) return `The repository ${host.problem}.`;
  const entry = `repositories.hosts["${location.host}"]`;
  if (!host.allow_push) {
    return `Nothing may be pushed to ${location.host}: set allow_push: true at ${entry} of the configuration, or use \`deliver: branch\`.`;
  }
  if (deliver === 'push') return null;
  if (host.api === undefined) {
    return `Pull requests can't be opened at ${location.host}: set api (github or gitlab) and token_env at ${entry} of the configuration, or use \`deliver: push\`.`;
  }
  const parts = location.project.split('/').length;
  if (host.api === 'github' ? parts !== 2 : parts < 2) {
    return `${location.project} is no name of a project at ${location.host}: pull requests need owner/name.`;
  }
  return null;
}
