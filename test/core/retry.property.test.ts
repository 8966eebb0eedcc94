import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextAttempt } from '../../core/schedule/retry.ts';

const error = { code: 'exit', message: 'exit code 1', retryable: true };
const random = fc.double({ min: 0, max: 1, noNaN: true });

test('the wait doubles from 1 s to 60 s, with at most half of it taken off', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 19 }), random, (attempts_made, given) => {
      const full = Math.min(60, 2 ** (attempts_made - 1));
      const next = nextAttempt({ attempts_made, max_attempts: 20, error, random: given });
      expect(next!.delay_seconds).toBeGreaterThanOrEqual(full / 2);
      expect(next!.delay_seconds).toBeLessThanOrEqual(full);
    }),
  );
});

test('there are never more attempts than allowed, and none after what would fail the same way', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.boolean(), random, (max_attempts, retryable, given) => {
      let made = 1;
      while (
        nextAttempt({ attempts_made: made, max_attempts, error: { ...error, retryable }, random: given })
      )
        made += 1;
      expect(made).toBe(retryable ? max_attempts : 1);
    }),
  );
});
