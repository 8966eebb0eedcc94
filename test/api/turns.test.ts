import { expect, test } from 'vitest';
import { createTurns } from '../../api/turns.ts';

/** Reads that end when the test says so. */
function controlled() {
  const open: { resolve(value: number): void; reject(error: Error): void }[] = [];
  const read = () => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    open.push({ resolve, reject });
    return promise;
  };
  return { open, read };
}

test('callers that ask while a read is under way share the next one, which begins after they asked', async () => {
  const share = createTurns();
  const { open, read } = controlled();
  const first = share('a', read);
  const late = Array.from({ length: 1000 }, () => share('a', read));
  const other = share('b', read);
  expect(open).toHaveLength(2);
  open[0]!.resolve(1);
  open[1]!.resolve(5);
  expect(await first).toBe(1);
  expect(await other).toBe(5);
  await Promise.resolve();
  expect(open).toHaveLength(3);
  const later = share('a', read);
  open[2]!.resolve(2);
  expect(new Set(await Promise.all(late))).toEqual(new Set([2]));
  await Promise.resolve();
  open[3]!.resolve(3);
  expect(await later).toBe(3);
  // all turns are over
  void share('a', read);
  expect(open).toHaveLength(5);
});

test('what goes wrong with one read is no answer to those who asked after it began', async () => {
  const share = createTurns();
  const { open, read } = controlled();
  const [broken, next] = [share('a', read), share('a', read)];
  open[0]!.reject(new Error('not there yet'));
  await expect(broken).rejects.toThrow('not there yet');
  open[1]!.resolve(4);
  expect(await next).toBe(4);
});
