import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { createDataDir } from '../../config/data-dir.ts';
import { shardTrouble } from '../../runtime/temporal/health.ts';
import { watchTemporal } from '../../runtime/temporal/watch.ts';
import { until } from '../setup/until.ts';
import { cleanUp, newFolder } from './launcher-process.ts';

let folder: string;
let stop = () => {};
beforeEach(() => {
  folder = newFolder();
});
afterEach(async () => {
  stop();
  await cleanUp(folder);
});

function watch(address: string) {
  const seen = { restarts: 0, said: [] as string[] };
  stop = watchTemporal({
    target: { address, namespace: 'default' },
    dir: createDataDir(folder),
    server: {
      pid: () => 7,
      restart: async () => void seen.restarts++,
    },
    say: (line) => seen.said.push(line),
    every_ms: 10,
    patience_ms: 6000,
  });
  return seen;
}

describe('the watch over Temporal', () => {
  it('starts a server again that runs and does not serve', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)); // takes connections and says nothing
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const seen = watch(`127.0.0.1:${port}`);
    await until(() => seen.restarts > 0, { what: 'the restart' });
    expect(seen.said[0]).toMatch(/^Temporal \(pid 7\) is running but does not serve: .*; starting it again$/);
    stop();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('finds nothing wrong with one that serves, and says what is wrong with one that is not there', async () => {
    expect(await shardTrouble({ address: inject('temporalAddress'), namespace: 'default' })).toBeUndefined();
    expect(await shardTrouble({ address: '127.0.0.1:1', namespace: 'default' })).toBe(
      'it does not answer within 2 s',
    );
  });
});
