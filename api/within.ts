import { setTimeout as sleep } from 'node:timers/promises';

/** What the promise gives, or null when that takes longer. */
export async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, sleep(milliseconds, null, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
