import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { dataDir } from '../config/data-dir.ts';
import { type Addresses, readAddresses } from '../runtime/addresses.ts';
import { lastLines } from '../toolchain/run.ts';

const LAUNCHER = fileURLToPath(new URL('./product/launcher.ts', import.meta.url));

/** The product, on its way up or running. */
export interface Product {
  /** of its launcher */
  pid: number;
  /** Waits until this start of it runs; throws with the end of its log when it does not. */
  up(): Promise<Addresses>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** The environment without what points the product elsewhere: the benchmark's ports and folder are its own. */
export function ownEnv(temporalFolder: string, folder: string): Record<string, string> {
  const { HOME = '', PATH = '', TMPDIR = '', XDG_CACHE_HOME = '' } = process.env;
  return {
    ...{ HOME, TMPDIR, XDG_CACHE_HOME, PATH: `${temporalFolder}:${PATH}` },
    ...{ PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0' },
    ORCHESTRATOR_DATA_DIR: folder,
  };
}

/** Writes the configuration that the product runs with; it returns its path. The benchmark's own agents are on loopback. */
export function writeSettings(folder: string, settings: Record<string, unknown> = {}): string {
  const file = join(folder, 'orchestrator.yaml');
  // JSON is YAML
  writeFileSync(file, JSON.stringify({ tools: { allow_private_hosts: ['127.0.0.1'] }, ...settings }));
  return file;
}

/** Starts the one-machine mode with its output in a file of the folder, which goes when it stops. */
export function startProduct(folder: string, env: Record<string, string>): Product {
  const logFile = join(folder, 'launcher.log');
  const log = openSync(logFile, 'a');
  const launcher = spawn(process.execPath, [LAUNCHER], {
    env,
    stdio: ['pipe', log, log],
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  closeSync(log);
  const ended = once(launcher, 'exit');
  return {
    pid: launcher.pid!,
    async up(): Promise<Addresses> {
      for (;;) {
        const addresses = readAddresses(dataDir(folder));
        // those of an earlier one that was killed stand there until this one has its own
        if (addresses && addresses.pids.launcher === launcher.pid) return addresses;
        if (launcher.exitCode !== null || launcher.signalCode !== null) {
          throw new Error(`the product did not start:\n${lastLines(readFileSync(logFile, 'utf8'))}`);
        }
        await sleep(100);
      }
    },
    async stop(): Promise<void> {
      launcher.stdin?.end();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
