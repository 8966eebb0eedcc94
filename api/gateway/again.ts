import { setTimeout as sleep } from 'node:timers/promises';

const AGAIN_MS = 50;

/**
 * Sends something until a worker has looked at it; any other failure is thrown as it is, and so is the last one.
 * @param wasPassedOver whether a failure only means that it has to be sent again
 */
export async function again<R>(
  send: () => Promise<R>,
  milliseconds: number,
  wasPassedOver: (error: unknown) => boolean | Promise<boolean>,
): Promise<R> {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (Date.now() >= end || !(await wasPassedOver(error))) throw error;
      await sleep(AGAIN_MS);
    }
  }
}
