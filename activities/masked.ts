import type { Mask } from '../core/text/mask.ts';

/**
 * The same activities, with secrets kept out of what they return and throw: that is what goes into history, events, status and
 * logs. For those that bring in what somebody outside said.
 */
export function masked<A extends object>(activities: A, mask: Mask): A {
  const wrapped = Object.entries(activities).map(([name, run]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return mask.json(await run(...args));
      } catch (error) {
        throw maskedError(error, mask);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as A;
}

/** The error itself, so that Temporal knows what kind it is. */
function maskedError(error: unknown, mask: Mask): unknown {
  if (typeof error === 'string') return mask.text(error);
  if (!(error instanceof Error)) return error;
  error.message = mask.text(error.message);
  if (error.stack) error.stack = mask.text(error.stack);
  if ('details' in error) error.details = mask.json(error.details);
  if (error.cause !== undefined) error.cause = maskedError(error.cause, mask);
  return error;
}
