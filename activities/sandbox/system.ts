import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';

/** What of a host every program in a sandbox can read. */
export interface SystemPaths {
  /** folders with programs and what they need */
  readable: string[];
  /** files in those that are nobody's business, and can't be read */
  masked: string[];
}

/** What distributions put programs, libraries and their settings into. Homes and data are elsewhere. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix/store'];
/** What programs ask about the machine; names are resolved by files here on many systems. */
const STATE = [
  '/sys/devices/system/cpu',
  '/run/current-system',
  '/run/systemd/resolve',
  '/run/resolvconf',
  '/run/NetworkManager/resolv.conf',
  '/var/lib/dpkg',
  '/var/cache/fontconfig',
];

/**
 * Finds them.
 * @param searchPath folders of programs, as in $PATH; those that lie elsewhere are readable too, with `lib` and `libexec` beside them
 * @param service the folder of the service's own code, with its examples: what people keep there for themselves is masked
 */
export function systemPaths(searchPath: string, service: string): SystemPaths {
  const system = SYSTEM.filter((path) => existsSync(path));
  const programs = searchPath
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && existsSync(folder))
    .flatMap((folder) => withLibraries(folder))
    .filter((folder) => ![...system, service].some((root) => isBelow(folder, root)));
  return {
    readable: [...new Set([...system, ...STATE.filter((path) => existsSync(path)), service, ...programs])],
    masked: [...maskedFiles(), ...ownSecrets(service)],
  };
}

/** Whether a path is that folder or lies in it. Both absolute and without `..`. */
export const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Programs there are often links to what lies beside: `npm` to `../lib/node_modules/npm`. */
function withLibraries(folder: string): string[] {
  const real = realpathSync(folder);
  const beside = ['bin', 'sbin'].includes(basename(real))
    ? ['lib', 'libexec'].map((name) => join(dirname(real), name)).filter((path) => existsSync(path))
    : [];
  return [...new Set([folder, real, ...beside])];
}

/** What stands in .gitignore there, and the configuration. */
const ownSecrets = (service: string): string[] =>
  [...filesIn(service), ...filesIn(join(service, 'deploy', 'prometheus'))].filter((path) =>
    /^(\.env.*|orchestrator\.ya?ml|api-key|.*\.(pem|key))$/.test(basename(path)),
  );

/** A worker that is root could read them. */
function maskedFiles(): string[] {
  const named = ['/etc/shadow', '/etc/shadow-', '/etc/gshadow', '/etc/gshadow-'];
  const keys = filesIn('/etc/ssh').filter((path) => /\/ssh_host_[a-z0-9]+_key$/.test(path));
  return [...named, ...keys, ...filesIn('/etc/ssl/private')].filter((path) => existsSync(path));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}
