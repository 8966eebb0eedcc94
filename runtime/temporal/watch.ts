import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataDir } from '../../config/data-dir.ts';
import type { TemporalTarget } from '../../config/temporal-connection.ts';
import type { Supervised } from '../supervise.ts';
import { shardTrouble } from './health.ts';

/** How often the server is looked at, and for how long it may be unwell before it is started again. */
const DEFAULTS = { every_ms: 10_000, patience_ms: 60_000 };

/**
 * Starts our Temporal server again when it runs and does not serve: one that lost its database for a while (a full disk)
 * as a rule finds back by itself, and this is for when it does not. While there is no room on the disk it is left alone.
 * @returns ends the watch
 */
export function watchTemporal(
  options: {
    target: TemporalTarget;
    dir: DataDir;
    server: Pick<Supervised, 'pid' | 'restart'>;
    say: (line: string) => void;
  } & Partial<typeof DEFAULTS>,
): () => void {
  const { target, dir, server, say, every_ms, patience_ms } = { ...DEFAULTS, ...options };
  const stopping = new AbortController();
  const { signal } = stopping;
  const watch = async () => {
    let unwell: { pid: number; since: number } | undefined;
    while (!signal.aborted) {
      await sleep(every_ms, undefined, { signal }).catch(() => {});
      const looked_at = performance.now();
      const trouble = await shardTrouble(target);
      // a machine that was asleep in between starts counting again
      const late = performance.now() - looked_at > patience_ms;
      if (!trouble || late || !takesWrites(dir)) unwell = undefined;
      else if (unwell?.pid !== server.pid()) unwell = { pid: server.pid(), since: looked_at };
      else if (looked_at - unwell.since >= patience_ms && !signal.aborted) {
        say(`Temporal (pid ${unwell.pid}) is running but does not serve: ${trouble}; starting it again`);
        unwell = undefined;
        await server.restart();
      }
    }
  };
  void watch();
  return () => stopping.abort();
}

function takesWrites({ root }: DataDir): boolean {
  const file = join(root, `room.${process.pid}`);
  try {
    writeFileSync(file, Buffer.alloc(64 * 1024));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(file, { force: true });
  }
}
