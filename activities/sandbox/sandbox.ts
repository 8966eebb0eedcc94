import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { findProgram } from '../../config/find-program.ts';
import type { Config } from '../../contracts/config.ts';
import type { NetworkAccess, SandboxKind } from '../../contracts/sandbox.ts';
import { SERVICE, searchPath } from '../command/environment.ts';
import type { TreeLimits } from '../process/limits.ts';
import { bubblewrapOptions, type SandboxedProgram, type SandboxHost, sandboxedArgs } from './bubblewrap.ts';
import { probe } from './probe.ts';
import { startProxy } from './proxy.ts';
import { systemPaths } from './system.ts';
import { type RunView, stricter } from './view.ts';

/** What guards the programs of a worker. */
export interface Sandbox {
  kind: SandboxKind;
  /** why there is none, and what to do; null where there is one, or none is wanted */
  reason: string | null;
  /** whether programs are refused where there is none */
  required: boolean;
  /** of the processes of one run together, with or without a sandbox */
  limits: TreeLimits;
  /** folders that every program may work in besides its own */
  places: readonly string[];
  /** those of them that it may write to */
  writable: readonly string[];
  /** what a program may reach; `asked`: the most that it is to */
  networkOf(asked: NetworkAccess | undefined, by: { planned: boolean }): NetworkAccess;
  /** how to start a program in it; only where there is one */
  confine(program: SandboxedProgram, view: RunView, how: { tells: boolean }): Confined;
  close(): Promise<void>;
}

/** A program in its sandbox. */
export interface Confined {
  program: string;
  args: string[];
  /** to be written to its descriptor ARGS_FD, and that closed */
  options: string;
}

/** As much as the worker itself has. */
export const noSandbox = ({
  required = false,
  reason = null as string | null,
  limits = {} as TreeLimits,
} = {}): Sandbox => ({
  kind: 'none',
  reason,
  required,
  limits,
  places: [],
  writable: [],
  networkOf: () => 'open',
  confine() {
    throw new Error('there is no sandbox');
  },
  close: async () => {},
});

export interface SandboxOptions {
  config: Pick<Config, 'sandbox'>;
  /** absolute; of the service, which no program may see */
  data_dir: string;
  /** for tests: how a name is resolved */
  lookup?: Parameters<typeof startProxy>[0]['lookup'];
}

/** Finds out what can be had on this host. Nothing is changed there. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { sandbox: config } = options.config;
  const { memory_mb, processes, disk_mb, free_disk_mb } = config;
  const limits = { memory_mb, processes, disk_mb, free_disk_mb };
  const required = config.mode === 'required';
  if (config.mode === 'off') return noSandbox({ limits });
  const search_path = searchPath(process.env.PATH);
  const bwrap = findProgram('bwrap', search_path);
  const look = (): SandboxHost => ({
    system: systemPaths(search_path, SERVICE),
    hidden: [options.data_dir, join(SERVICE, '.git')].flatMap((path) => realFolder(path)),
    readable: config.readable.map(fromHome),
    writable: config.writable.map(fromHome),
    socat: findProgram('socat', search_path) ?? '',
    cpu_seconds: config.cpu_seconds,
    memory_mb,
  });
  const found = await probe(bwrap, look);
  if ('reason' in found) return noSandbox({ required, reason: found.reason, limits });
  const proxy = await startProxy({
    allowed_hosts: config.allowed_hosts,
    lookup: options.lookup,
  });
  const host: SandboxHost = { ...found.host, proxy_socket: proxy.socket };
  return {
    kind: 'bubblewrap',
    reason: null,
    required,
    limits,
    writable: host.writable,
    places: [...host.writable, ...host.readable, SERVICE],
    networkOf: (asked, { planned }) => stricter(config.network ?? (planned ? 'none' : 'allow-list'), asked),
    confine: (program, view, how) => ({
      program: bwrap!,
      args: sandboxedArgs(host, view, program, how),
      options: bubblewrapOptions(host, view, program),
    }),
    close: () => proxy.close(),
  };
}

/** None: it is not there, or a file, as `.git` of a worktree is, which says no more than where the folder lies. */
function realFolder(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [];
  return [realpathSync(path)];
}

const fromHome = (path: string): string =>
  path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(path);
