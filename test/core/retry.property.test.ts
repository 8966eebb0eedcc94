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

test('a task may have its own waits, and say which errors are tried again', () => {
  const retry = { initial_seconds: 5, factor: 3, max_seconds: 40, jitter: 0.2, on: ['exit'] };
  const after = (attempts_made: number, given: number, code = 'exit') =>
    nextAttempt({ attempts_made, max_attempts: 20, retry, error: { ...error, code }, random: given });
  expect([1, 2, 3, 4].map((made) => after(made, 1)!.delay_seconds)).toEqual([5, 15, 40, 40]);
  expect(after(1, 0)!.delay_seconds).toBeCloseTo(4);
  expect(after(1, 1, 'timeout')).toBeNull();
  expect(
    nextAttempt({
      attempts_made: 1,
      max_attempts: 2,
      retry,
      error: { ...error, retryable: false },
      random: 0,
    }),
  ).toBeNull();
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
