import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../runtime/ports.ts';
import { temporalServerArgs } from '../../runtime/temporal/args.ts';
import { waitForTemporal } from '../../runtime/temporal/health.ts';
import { findTemporal } from '../../toolchain/temporal.ts';
import { spawnTethered, type Tethered } from './tethered.ts';

/** A tuned server with its database in `folder`, as `npm start` runs it but without the Web UI. */
export async function startTemporal(folder: string): Promise<Tethered & { address: string; binary: string }> {
  const { path } = await findTemporal({ onProgress: (line) => console.log(`temporal: ${line}`) });
  const ip = '127.0.0.1';
  const port = await freePort(ip);
  const log = join(folder, 'temporal.log');
  const settings = { dbFile: join(folder, 'temporal.db'), ip, port, namespace: 'default' };
  const server = spawnTethered([path, ...temporalServerArgs(settings)], { log, signal: 'KILL' });
  const address = `${ip}:${port}`;
  const trouble = await waitForTemporal({ address, namespace: 'default' }, 60);
  if (!trouble) return { ...server, address, binary: path };
  await server.stop();
  throw new Error(`Temporal did not start: ${trouble}\n${readFileSync(log, 'utf8').slice(-2000)}`);
}
