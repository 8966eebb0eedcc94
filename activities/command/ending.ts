import { setTimeout as delay } from 'node:timers/promises';
import { groupExists, killTree, type ProcessTree } from '../process/process-tree.ts';
import type { OutputStream } from './output-stream.ts';

/**
 * Kills what a command left running when it ended by itself. Processes that hold its output open get a moment to
 * finish it. Those that neither do that nor are in its group are left to the supervisor.
 */
export async function killLeftovers(
  tree: ProcessTree,
  grace_seconds: number,
  reading: Promise<unknown>,
): Promise<void> {
  const closed = await settlesWithin(reading, LINGER_MS);
  if (!closed || tree.groups.some(groupExists)) await killTree(tree, grace_seconds);
}

/**
 * Waits until the output is read to its end. When somebody who could not be found still holds the pipe open,
 * what is in it is read, and no more.
 * @throws what reading throws
 */
export async function drain(
  streams: Pick<OutputStream, 'last_at' | 'stop'>[],
  reading: Promise<unknown>,
): Promise<void> {
  const deadline = performance.now() + DRAIN_LIMIT_MS;
  while (!(await settlesWithin(reading, DRAIN_IDLE_MS))) {
    const now = performance.now();
    const idle_since = Math.max(...streams.map((stream) => stream.last_at()));
    if (now > deadline || now - idle_since >= DRAIN_IDLE_MS) for (const stream of streams) stream.stop();
  }
  await reading;
}

/** For `echo hello > >(tee log)`: bash ends before tee does. */
const LINGER_MS = 250;
const DRAIN_IDLE_MS = 300;
const DRAIN_LIMIT_MS = 2000;

async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  const result = await Promise.race([settled, late]);
  timer.abort();
  return result;
}
