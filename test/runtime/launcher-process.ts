import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataDir } from '../../config/data-dir.ts';
import { type Addresses, readAddresses } from '../../runtime/addresses.ts';
import { listProcesses, signalProcess } from '../../runtime/processes.ts';
import { until } from '../setup/until.ts';

const SCRIPT = fileURLToPath(new URL('./stand-ins/launcher.ts', import.meta.url));

/** A launcher with the stand-in worker and API, as its own process. */
export interface LauncherProcess {
  readonly process: ChildProcess;
  /** All it has printed. */
  output(): string;
  /** Waits until everything answers. */
  up(): Promise<Addresses>;
  /** Sends a signal and waits for the end; gives the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** A new data folder, its symbolic links resolved. */
export function newFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-launch-')));
}

/** The launcher as `npm start` runs it. */
export const REAL_LAUNCHER = fileURLToPath(new URL('../../runtime/main.ts', import.meta.url));

/** Starts a launcher on the folder with the given Temporal CLI; ports are free ones unless `env` says otherwise. */
export function startLauncher(
  folder: string,
  temporalBinary: string,
  env: Record<string, string> = {},
  script = SCRIPT,
): LauncherProcess {
  const child = spawn(process.execPath, [script, '--data-dir', folder], {
    env: {
      PATH: `${dirname(temporalBinary)}:${process.env.PATH}`,
      HOME: process.env.HOME,
      PORT: '0',
      TEMPORAL_PORT: '0',
      TEMPORAL_UI_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  const ended = once(child, 'exit');
  return {
    process: child,
    output: () => text,
    up: async () => {
      await until(() => text.includes('Orchestrator is up.') || child.exitCode !== null, {
        timeoutMs: 60_000,
        what: 'the launcher to be up',
      });
      const addresses = readAddresses(dataDir(folder));
      if (!addresses) throw new Error(`the launcher is not up:\n${text}`);
      return addresses;
    },
    end: async (signal) => {
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
}

/** Kills whatever a test left running on the folder, and removes it. */
export async function cleanUp(folder: string): Promise<void> {
  const pids = Object.values(readAddresses(dataDir(folder))?.pids ?? {});
  const ours = (await listProcesses()).filter(
    ({ pid, command }) =>
      command.includes(folder) || (pids.includes(pid) && /stand-ins|(worker|api)\/main\.ts/.test(command)),
  );
  for (const { pid } of ours) signalProcess(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
