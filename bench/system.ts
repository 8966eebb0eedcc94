import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { startChild } from '../runtime/child.ts';
import { findTemporal } from '../toolchain/temporal.ts';
import { type Api, apiAt, byLongPoll } from './api.ts';
import { ownEnv, startProduct, writeSettings } from './product.ts';

const FLOOR_WORKER = fileURLToPath(new URL('./floor/worker.ts', import.meta.url));

/** What is measured: the product over HTTP, and the floor on the same server. Each part is its own process. */
export interface System {
  api: Api;
  /** base URL of the API */
  url: string;
  /** of the server that both use */
  client: Client;
  connection: Connection;
  /** of the product's launcher */
  product_pid: number;
  /** Ends all of it and removes the data folder. */
  stop(): Promise<void>;
}

/** Starts the one-machine mode in a temporary data folder, and the floor's worker beside it. */
export async function startSystem(onProgress: (line: string) => void): Promise<System> {
  const { path } = await findTemporal({ onProgress });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'orchestrator-bench-')));
  const env = { ...ownEnv(dirname(path), folder), ORCHESTRATOR_CONFIG: writeSettings(folder) };
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
      api: apiAt(addresses.api_url, byLongPoll(client)),
      url: addresses.api_url,
      client,
      connection,
      product_pid: product.pid,
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
