import type { Context } from '@temporalio/activity';
import { expect, test } from 'vitest';
import { inTime } from '../../activities/command/in-time.ts';
import { OUT_OF_TIME } from '../../contracts/attempt-codes.ts';

/** An activity that was first scheduled, and scheduled for this start, so many milliseconds ago. */
const activity = (first: number, again = first) =>
  ({
    info: {
      scheduledTimestampMs: Date.now() - first,
      currentAttemptScheduledTimestampMs: Date.now() - again,
    },
  }) as Context;

const never = new AbortController().signal;
/** Work that ends when its signal is aborted, as a command does. */
const work = (signal: AbortSignal) =>
  new Promise<string>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')));
  });
const outOfTime = { details: [{ code: OUT_OF_TIME }] };

test('work is ended when its time is over, and its attempt has failed then', async () => {
  await expect(inTime(activity(0), 20, never, work)).rejects.toMatchObject(outOfTime);
});

test('earlier starts and the wait for a worker count', async () => {
  let begun = false;
  const begin = async () => {
    begun = true;
  };
  await expect(inTime(activity(60_000, 1000), 50_000, never, begin)).rejects.toMatchObject(outOfTime);
  await expect(inTime(activity(50_000, 50_000), 50_000, never, begin)).rejects.toMatchObject(outOfTime);
  expect(begun).toBe(false);
});

test('a clock that is far from that of the server takes nothing away', async () => {
  const done = async () => 'done';
  expect(await inTime(activity(3_600_000, 3_600_000), 50_000, never, done)).toBe('done');
  expect(await inTime(activity(-3_600_000, -3_600_000), 50_000, never, done)).toBe('done');
});

test('more than a timer takes is left to Temporal', async () => {
  expect(await inTime(activity(0), 30 * 86_400_000, never, async () => 'done')).toBe('done');
});

test('a cancellation is no time-out', async () => {
  const cancel = new AbortController();
  const cancelled = inTime(activity(0), 50_000, cancel.signal, work);
  cancel.abort();
  await expect(cancelled).rejects.toThrow('ended');
});

test('without a limit nothing is timed', async () => {
  expect(await inTime(activity(60_000), undefined, never, async (signal) => signal === never)).toBe(true);
});
