import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { dataDir } from '../config/data-dir.ts';
import { type Addresses, readAddresses } from '../runtime/addresses.ts';
import { startChild } from '../runtime/child.ts';
import { lastLines } from '../toolchain/run.ts';
import { findTemporal } from '../toolchain/temporal.ts';
import { type Api, apiAt } from './api.ts';

const LAUNCHER = fileURLToPath(new URL('./product/launcher.ts', import.meta.url));
const FLOOR_WORKER = fileURLToPath(new URL('./floor/worker.ts', import.meta.url));

/** What is measured: the product over HTTP, and the floor on the same server. Each part is its own process. */
export interface System {
  api: Api;
  /** of the server that both use */
  client: Client;
  connection: Connection;
  /** Ends all of it and removes the data folder. */
  stop(): Promise<void>;
}

/** Starts the one-machine mode in a temporary data folder, and the floor's worker beside it. */
export async function startSystem(onProgress: (line: string) => void): Promise<System> {
  const { path } = await findTemporal({ onProgress });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-bench-')));
  const env = ownEnv(dirname(path), folder);
  const product = startProduct(folder, env);
  try {
    const addresses = await product.up();
    const target = { address: addresses.temporal_address, namespace: addresses.namespace };
    const floor = startChild(FLOOR_WORKER, {
      ...env,
      TEMPORAL_ADDRESS: target.address,
      TEMPORAL_NAMESPACE: target.namespace,
    });
    const connection = await Connection.connect({ address: target.address });
    const client = new Client({ connection, namespace: target.namespace });
    return {
      api: apiAt(addresses.api_url, client),
      client,
      connection,
      async stop() {
        await connection.close();
        await floor.stop();
        await product.stop();
      },
    };
  } catch (error) {
    await product.stop();
    throw error;
  }
}

/** The environment without what points the product elsewhere: the benchmark's ports and folder are its own. */
function ownEnv(temporalFolder: string, folder: string): Record<string, string> {
  const { HOME = '', PATH = '', TMPDIR = '', XDG_CACHE_HOME = '' } = process.env;
  return {
    ...{ HOME, TMPDIR, XDG_CACHE_HOME, PATH: `${temporalFolder}:${PATH}` },
    ...{ PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0' },
    ORCHESTRATOR_DATA_DIR: folder,
  };
}

/** The launcher with its output in a file of the folder, which goes when it stops. */
function startProduct(folder: string, env: Record<string, string>) {
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
    async up(): Promise<Addresses> {
      for (;;) {
        const addresses = readAddresses(dataDir(folder));
        if (addresses) return addresses;
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
