import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { DataDir } from '../config/data-dir.ts';
import { signalProcess, startedAt } from './processes.ts';
import { waitForEnd } from './running.ts';
import { stateFile } from './state-file.ts';

const recordSchema = z.record(z.string(), z.object({ pid: z.int().positive(), started: z.string() }));

/** A little more than worker and API take to stop once their launcher is gone. */
const PATIENCE_SECONDS = 16;

/**
 * Gives what notes worker and API by pid and start time, so that the next launcher can tell them from strangers.
 * Never throws.
 */
export function childRecorder(dir: DataDir, say: (line: string) => void) {
  const record = readRecord(dir);
  const file = stateFile(recordFile(dir), say);
  return async (name: string, pid: number): Promise<void> => {
    const started = await startedAt(pid).catch(() => undefined);
    if (started === undefined) return;
    record[name] = { pid, started };
    file.write(JSON.stringify(record));
  };
}

/**
 * Waits for worker and API of a launcher that was killed: they stop by themselves, and hold their ports until
 * then. What has not stopped in time is killed.
 */
export async function endLeftovers(dir: DataDir, say: (line: string) => void): Promise<void> {
  const children = Object.entries(readRecord(dir));
  await Promise.all(
    children.map(async ([name, { pid, started }]) => {
      if ((await startedAt(pid)) !== started) return;
      say(`waiting for the ${name} of the last start (pid ${pid}) to stop`);
      const timer = new AbortController();
      const late = sleep(PATIENCE_SECONDS * 1000, true, { signal: timer.signal }).catch(() => false);
      const isLate = await Promise.race([waitForEnd(pid, started).then(() => false), late]);
      timer.abort();
      if (!isLate) return;
      signalProcess(-pid, 'SIGKILL');
      await waitForEnd(pid, started);
    }),
  );
}

function readRecord(dir: DataDir): z.infer<typeof recordSchema> {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordFile(dir), 'utf8')));
  } catch {
    return {};
  }
}

function recordFile(dir: DataDir): string {
  return join(dir.root, 'children.json');
}
