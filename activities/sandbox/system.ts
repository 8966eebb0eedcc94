import { type Dirent, existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';

/** What of a host every program in a sandbox can read. */
export interface SystemPaths {
  /** folders without which no program runs */
  programs: string[];
  /** folders with programs and what they need */
  readable: string[];
  /** files in those that are nobody's business, and can't be read */
  masked: string[];
  /** folders of that kind */
  closed: string[];
}

/** What distributions put programs, libraries and their settings into. Homes and data are elsewhere. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix/store'];
/** What loading a program takes of the settings there. */
const LOADING = ['/etc/ld.so.cache', '/etc/ld.so.preload', '/etc/alternatives'];
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
    .concat(linkedModules(service))
    .filter((folder) => ![...system, service].some((root) => isBelow(folder, root)));
  const kept = keptFromOthers('/etc');
  const needed = [...system.filter((path) => path !== '/etc'), ...LOADING, '/run/current-system'];
  return {
    programs: [...new Set([...needed.filter((path) => existsSync(path)), ...programs])],
    readable: [...new Set([...system, ...STATE.filter((path) => existsSync(path)), service, ...programs])],
    masked: [...kept.files, ...ownSecrets(service)],
    closed: kept.folders,
  };
}

/** Whether a path is that folder or lies in it. Both absolute and without `..`. */
export const isBelow = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);

/** Of a checkout beside another one, whose modules it shares. */
function linkedModules(service: string): string[] {
  const modules = join(service, 'node_modules');
  return existsSync(modules) && realpathSync(modules) !== modules ? [realpathSync(modules)] : [];
}

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

/**
 * What is kept from other users there: keys, passwords, variables of services. A worker that is root could read all of it, any other
 * what is its own or its group's.
 */
export function keptFromOthers(folder: string): { files: string[]; folders: string[] } {
  const found = { files: [] as string[], folders: [] as string[] };
  const waiting = [folder];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      const mode =
        entry.isFile() || entry.isDirectory() ? lstatSync(path, { throwIfNoEntry: false })?.mode : undefined;
      if (mode === undefined) continue;
      if (entry.isFile() && (mode & 0o4) === 0) found.files.push(path);
      if (entry.isDirectory()) ((mode & 0o5) === 0o5 ? waiting : found.folders).push(path);
    }
  }
  return found;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

const filesIn = (folder: string): string[] =>
  entriesOf(folder)
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name));
