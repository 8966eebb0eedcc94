import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Config } from '../../contracts/config.ts';
import { fieldIssues } from '../../contracts/error.ts';
import { isWanted, WebhookConfig, WebhookInput } from '../../contracts/webhook.ts';
import { afterFailure } from '../../core/journal/webhook-retry.ts';

describe('the filter of events', () => {
  test.each([
    [['job.completed'], 'job.completed', true],
    [['job.*'], 'job.completed', true],
    [['*'], 'task.progress', true],
    [['*.failed'], 'task.failed', true],
    [['job.*'], 'task.failed', false],
    [['job'], 'job.failed', false],
    [['alert', 'task.*'], 'task.failed', true],
    [[], 'alert', false],
  ] as const)('%j, %s: %s', (patterns, type, wanted) => {
    expect(isWanted(patterns, type)).toBe(wanted);
  });
});

describe('what is not valid is said by field, and no secret is repeated', () => {
  const issues = (value: unknown) => {
    const parsed = WebhookInput.safeParse(value);
    return parsed.success ? [] : fieldIssues(parsed.error).map(({ path }) => path);
  };
  test.each([
    ['https://example.com/x', []],
    [{ url: 'https://example.com', events: ['job.*'], secret: '${secret:A}' }, []],
    ['example.com', ['']],
    ['ftp://example.com', ['']],
    ['https://user:word@example.com', ['']],
    ['https://example.com/${secret:A}', ['']],
    [{ url: 'https://example.com', events: [] }, ['events']],
    [{ url: 'https://example.com', events: ['job.finished'] }, ['events.0']],
    [{ url: 'https://example.com', events: ['(a+)+$'] }, ['events.0']],
    [{ url: 'https://example.com', secret: 'whsec_abc' }, ['secret']],
    [{ url: 'https://example.com', retries: 3 }, ['retries']],
    [{}, ['url']],
  ])('%j: %j', (value, expected) => {
    expect(issues(value)).toEqual(expected);
  });

  test('in the configuration an address may hold a secret, and one for everybody names its own', () => {
    expect(WebhookConfig.safeParse({ owner: 'ann', url: 'https://x.example/${secret:PATH}' }).success).toBe(
      true,
    );
    const config = Config.safeParse({ webhooks: [{ url: 'https://x.example' }] });
    expect(fieldIssues(config.error!)).toEqual([
      { path: 'webhooks.0.secret', issue: 'is required where owner is left out' },
    ]);
  });
});

describe('after a failure', () => {
  const now = '2026-01-01T00:00:00.000Z';
  const later = (seconds: number) => new Date(Date.parse(now) + seconds * 1000).toISOString();
  const seconds = (iso: string) => (Date.parse(iso) - Date.parse(now)) / 1000;
  const failed = { now, give_up_at: later(86_400), retry_after_seconds: null, random: 0 };

  test('tries come after 1, 4, 16 ... seconds, up to an hour', () => {
    const delays = [1, 2, 3, 4, 7, 20].map((attempts) =>
      seconds(afterFailure({ ...failed, attempts, failures: attempts }).next_attempt_at!),
    );
    expect(delays).toEqual([1, 4, 16, 64, 3600, 3600]);
  });

  test('the address may ask for more time, up to a day', () => {
    const of = (retry_after_seconds: number) =>
      afterFailure({ ...failed, attempts: 1, failures: 1, retry_after_seconds, give_up_at: later(1e6) });
    expect(of(120)).toEqual({ next_attempt_at: later(120), held_until: later(120) });
    expect(seconds(of(1e9).next_attempt_at!)).toBe(86_400);
  });

  test('the last try is when its time is over, and it is given up after that', () => {
    const last = afterFailure({ ...failed, attempts: 8, failures: 8, give_up_at: later(100) });
    expect(last.next_attempt_at).toBe(later(100));
    expect(afterFailure({ ...failed, attempts: 9, failures: 9, give_up_at: now }).next_attempt_at).toBeNull();
  });

  test('what fails again waits longer than its address, so that others pass it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, random) => {
          const { next_attempt_at, held_until } = afterFailure({
            ...failed,
            attempts,
            failures: attempts,
            random,
          });
          expect(seconds(next_attempt_at!)).toBeGreaterThan(seconds(held_until));
        },
      ),
    );
  });
});
