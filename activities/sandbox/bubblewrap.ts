import { existsSync, realpathSync } from 'node:fs';
import { isBelow, type SystemPaths } from './system.ts';
import type { RunView } from './view.ts';

/** What a program is told to run as in a sandbox. */
export interface SandboxedProgram {
  program: string;
  args: readonly string[];
  cwd: string;
  /** all of it, secrets included */
  env: Readonly<Record<string, string>>;
}

/** What of the sandbox is the same for all runs of a host. */
export interface SandboxHost {
  system: SystemPaths;
  /** folders of the service that are invisible even where they lie in the system's */
  hidden: readonly string[];
  /** what the configuration lets every program read and write besides */
  readable: readonly string[];
  writable: readonly string[];
  /** the program, whatever the PATH of those in a sandbox says */
  socat: string;
  /** the socket of the proxy; left out: there is none */
  proxy_socket?: string | undefined;
  cpu_seconds?: number | undefined;
  /** of one run */
  memory_mb?: number | undefined;
}

/** Descriptors of bubblewrap beside 0, 1 and 2. */
export const ARGS_FD = 3;
export const STATUS_FD = 4;

/** Of shared memory, which programs see as files, at most. */
const SHM_MB = 1024;
const PROXY_PORT = 3128;
const PROXY_SOCKET = '/run/orchestrator/proxy.sock';

/**
 * What bubblewrap reads from {@link ARGS_FD}: arguments, each with a NUL behind it. They hold the program's whole environment, which is
 * in no list of processes this way; and bubblewrap itself, which still runs outside, has none that it could be tricked with.
 */
export function bubblewrapOptions(
  host: SandboxHost,
  view: RunView,
  { cwd, env }: Pick<SandboxedProgram, 'cwd' | 'env'>,
): string {
  const shared = view.network === 'open' ? [] : ['--unshare-net'];
  const options = [
    ...[
      '--die-with-parent',
      '--new-session',
      '--unshare-user',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
    ],
    ...['--cap-drop', 'ALL', ...shared],
    ...mounts(host, view),
    ...['--remount-ro', '/', '--remount-ro', '/dev', '--chdir', cwd, '--clearenv'],
    ...Object.entries({ ...env, ...(view.network === 'allow-list' ? PROXY_ENV : {}) }).flatMap(
      ([name, value]) => ['--setenv', name, value],
    ),
  ];
  // it would begin an option of its own
  if (options.some((option) => option.includes('\0')))
    throw new TypeError('its environment holds a NUL byte');
  return options.map((option) => `${option}\0`).join('');
}

/**
 * What bubblewrap runs, as arguments of its own.
 * @param tells whether it says at {@link STATUS_FD} what became of the program: nothing of an `exit-code` where it was not started
 */
export function sandboxedArgs(
  { cpu_seconds, socat }: SandboxHost,
  { network, bare }: RunView,
  { program, args }: SandboxedProgram,
  { tells }: { tells: boolean },
): string[] {
  const run = [program, ...args];
  const before = [
    ...(cpu_seconds === undefined || bare ? [] : [`ulimit -t ${cpu_seconds}`]),
    ...(network === 'allow-list' ? [REACH_PROXY] : []),
  ];
  const shell = ['/bin/sh', '-c', [...before, 'shift', 'exec "$@"'].join('\n'), 'sh', socat];
  const status = tells ? ['--json-status-fd', String(STATUS_FD)] : [];
  return ['--args', String(ARGS_FD), ...status, '--', ...(before.length === 0 ? [] : shell), ...run];
}

/**
 * Begins to carry connections to the proxy, and waits until it can, or until it is seen to have failed. It is nobody's child: a program
 * that waits for all of its children would wait for it. In a shell of its own, so that no variable of the program's is touched.
 */
const REACH_PROXY = `
(
carrier=$("$1" TCP-LISTEN:${PROXY_PORT},bind=127.0.0.1,fork,reuseaddr,backlog=128 UNIX-CONNECT:${PROXY_SOCKET} </dev/null >/dev/null 2>&1 & echo $!)
listens() { while read -r _ at _; do [ "$at" = 0100007F:${PROXY_PORT.toString(16).toUpperCase().padStart(4, '0')} ] && return; done </proc/net/tcp; return 1; }
until listens || ! kill -0 "$carrier" 2>/dev/null; do :; done
)
`.trim();

const PROXY = `http://127.0.0.1:${PROXY_PORT}`;
const NOT_BY_PROXY = 'localhost,127.0.0.1,::1';
const PROXY_ENV: Readonly<Record<string, string>> = {
  http_proxy: PROXY,
  https_proxy: PROXY,
  all_proxy: PROXY,
  HTTP_PROXY: PROXY,
  HTTPS_PROXY: PROXY,
  ALL_PROXY: PROXY,
  no_proxy: NOT_BY_PROXY,
  NO_PROXY: NOT_BY_PROXY,
  NODE_USE_ENV_PROXY: '1',
};

/** Of the kernel, which root may change there without any of root's rights; bubblewrap takes the folder's own mode for the answer. */
const SETTINGS = [
  '/proc/sys',
  '/proc/acpi',
  '/proc/driver',
  '/proc/fs',
  '/proc/mtrr',
  '/proc/scsi',
  '/proc/sysrq-trigger',
];

interface Mount {
  at: string;
  /** before the place */
  options: string[];
}

// Parents come before what lies in them, whoever lists it.
function mounts(host: SandboxHost, view: RunView): string[] {
  const { hidden, proxy_socket, memory_mb = SHM_MB } = host;
  const shm_bytes = Math.min(SHM_MB, memory_mb) * 1024 ** 2;
  const { masked, closed, programs } = host.system;
  const system = view.bare ? programs : host.system.readable;
  const [readable, changeable] = view.bare ? [[], []] : [host.readable, host.writable];
  const shown = [...system, ...readable, ...changeable];
  // what has gone since the worker started has no place there, and none can be made in a folder that is read-only
  const isReadable = (path: string) => shown.some((root) => isBelow(path, root)) && existsSync(path);
  const all: Mount[] = [
    ...system.map((path) => readOnly(path)),
    ...masked.filter(isReadable).map((path) => readOnly('/dev/null', path)),
    ...[...[...closed, ...hidden].filter(isReadable), ...view.hidden].map(empty),
    { at: '/proc', options: ['--proc'] },
    ...SETTINGS.map((path) => readOnly(path)),
    { at: '/dev', options: ['--dev'] },
    { at: '/dev/shm', options: ['--perms', '1777', '--size', String(shm_bytes), '--tmpfs'] },
    ...(view.tmp ? [writable(view.tmp, '/tmp'), writable(view.tmp, '/var/tmp')] : []),
    ...readable.map((path) => readOnly(path)),
    ...view.readable.map((path) => readOnly(path)),
    ...changeable.map((path) => ({ at: path, options: ['--bind-try', path] })),
    ...[...(view.home ? [view.home] : []), ...view.writable].map((path) => writable(path)),
    ...(view.network === 'allow-list' && proxy_socket ? [readOnly(proxy_socket, PROXY_SOCKET)] : []),
  ];
  const depth = ({ at }: Mount) => (at === '/' ? 0 : at.split('/').length);
  return all
    .map((mount) => ({ ...mount, at: placeOf(mount.at, [...system, ...readable]) }))
    .toSorted((one, other) => depth(one) - depth(other))
    .flatMap(({ at, options }) => [...options, at]);
}

/** A link in a folder that is shown leads on in the sandbox as it does outside: nothing can be mounted at it, only where it leads. */
function placeOf(path: string, shown: readonly string[]): string {
  if (!shown.some((root) => path !== root && isBelow(path, root))) return path;
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

const readOnly = (from: string, at = from): Mount => ({ at, options: ['--ro-bind-try', from] });
const writable = (from: string, at = from): Mount => ({ at, options: ['--bind', from] });
/** With room for the places of what else is seen in it. */
const empty = (at: string): Mount => ({ at, options: ['--size', '65536', '--tmpfs'] });
