import { setTimeout as delay } from 'node:timers/promises';
import { type FileLock, tryLock } from '../../../toolchain/file-lock.ts';

const PAUSE_MS = 20;
/** between looks for what takes minutes */
const LONG_PAUSE_MS = 200;
const queues = new Map<string, Promise<unknown>>();

/**
 * Does `work` while nobody else on this host does any under the same path, in this process or another. The lock is the
 * operating system's, and goes with its process.
 * @throws whatever `work` throws, or the signal was aborted with
 */
export async function exclusively<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const before = queues.get(path) ?? Promise.resolve();
  const turn = before.then(async () => {
    const lock = await take([path], PAUSE_MS, signal);
    try {
      return await work();
    } finally {
      lock.release();
    }
  });
  const settled = turn
    .catch(() => undefined)
    .finally(() => {
      if (queues.get(path) === settled) queues.delete(path);
    });
  queues.set(path, settled);
  return await turn;
}

/**
 * Does `work` while nobody else on this host does any under one of the paths: as many are at work at once as there are paths.
 * @throws whatever `work` throws, or the signal was aborted with
 */
export async function withOneOf<T>(
  paths: readonly string[],
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await take(paths, LONG_PAUSE_MS, signal);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** The first of them that is free. */
async function take(paths: readonly string[], pause_ms: number, signal: AbortSignal): Promise<FileLock> {
  for (;;) {
    signal.throwIfAborted();
    for (const path of paths) {
      const lock = tryLock(path);
      if (lock) return lock;
    }
    await delay(pause_ms, undefined, { signal });
  }
}
