import { setTimeout as sleep } from 'node:timers/promises';

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined>;

/**
 * Polls `condition` every 20 ms until it gives a truthy value, and gives that. A condition that throws counts as
 * not met yet. Throws, naming `what` it waited for and the last error, after `timeoutMs` milliseconds.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: { timeoutMs?: number; what?: string } = {},
): Promise<Truthy<T>> {
  const { timeoutMs = 60_000, what = 'the condition' } = options;
  const end = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Truthy<T>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= end) break;
    await sleep(20);
  }
  const because = lastError instanceof Error ? ` (${lastError.message})` : '';
  throw new Error(`waited ${timeoutMs} ms for ${what} in vain${because}`, { cause: lastError });
}
