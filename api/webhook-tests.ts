import { ProblemError } from '../contracts/error.ts';

/** Tests that one owner may have under way: what a worker sends at once it sends for everybody. */
const MAX_AT_ONCE = 2;

/** Runs the tests of webhooks, {@link MAX_AT_ONCE} of each owner at once in this process; throws `rate_limited` for more. */
export function createWebhookTests(): <T>(owner: string, test: () => Promise<T>) => Promise<T> {
  const running = new Map<string, number>();
  return async (owner, test) => {
    const now = running.get(owner) ?? 0;
    if (now >= MAX_AT_ONCE) {
      throw new ProblemError({
        code: 'rate_limited',
        message: `${now} of your tests are running; send the next one when they are done.`,
      });
    }
    running.set(owner, now + 1);
    try {
      return await test();
    } finally {
      const left = running.get(owner)! - 1;
      if (left === 0) running.delete(owner);
      else running.set(owner, left);
    }
  };
}
