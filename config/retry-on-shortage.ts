import { setTimeout as sleep } from 'node:timers/promises';
import { isShortage } from './shortage.ts';

/** How long results of work wait for room on the disk, or for a locked database, before they count as lost. */
export const PATIENCE_SECONDS = 60;

const PAUSE_MS = { first: 100, longest: 2000 };

/**
 * Repeats what fails because this machine or the database is short of something (see `isShortage`), a full disk for
 * instance, until it works, `seconds` are over or `signal` is aborted. Only for what is done as a whole or not at all.
 */
export async function retryOnShortage<T>(
  seconds: number,
  run: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (let pause = PAUSE_MS.first; ; pause = Math.min(pause * 2, PAUSE_MS.longest)) {
    try {
      return await run();
    } catch (error) {
      if (!isShortage(error) || Date.now() + pause > end || signal?.aborted) throw error;
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
}
