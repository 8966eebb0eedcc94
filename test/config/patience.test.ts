import { describe, expect, it } from 'vitest';
import { retryOnShortage } from '../../config/retry-on-shortage.ts';
import { isShortage } from '../../config/shortage.ts';

const lacking = (fields: Record<string, unknown>, cause?: unknown) =>
  Object.assign(new Error('it does not work', { cause }), fields);

describe('a shortage', () => {
  it.each([
    ['a full disk', lacking({ code: 'ENOSPC' })],
    ['too many open files', lacking({ code: 'EMFILE' })],
    ['a disk to read from only', lacking({ code: 'EROFS' })],
    ['a full SQLite file', lacking({ code: 'ERR_SQLITE_ERROR', errcode: 13 })],
    ['a SQLite file that another has locked, with an extended code', lacking({ errcode: 5 | (2 << 8) })],
    ['a full disk of PostgreSQL', lacking({ code: '53100' })],
    ['one that stands in a cause', lacking({}, lacking({ code: 'EDQUOT' }))],
  ])('is %s', (_, error) => expect(isShortage(error)).toBe(true));

  it.each([
    ['a file that is not there', lacking({ code: 'ENOENT' })],
    ['a broken rule of SQLite', lacking({ code: 'ERR_SQLITE_ERROR', errcode: 19 })],
    ['a broken rule of PostgreSQL', lacking({ code: '23505' })],
    ['no error at all', 'ENOSPC'],
  ])('is not %s', (_, error) => expect(isShortage(error)).toBe(false));
});

describe('patience', () => {
  it('repeats what lacks something until it works', async () => {
    let tries = 0;
    const work = async () => {
      if (++tries < 3) throw lacking({ code: 'ENOSPC' });
      return tries;
    };
    expect(await retryOnShortage(60, work)).toBe(3);
  });

  it('ends with its time, with the signal, and at any other error', async () => {
    let tries = 0;
    const full = async () => {
      tries++;
      throw lacking({ code: 'ENOSPC' });
    };
    await expect(retryOnShortage(0, full)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(tries).toBe(1);
    const abort = new AbortController();
    const waiting = retryOnShortage(60, full, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ENOSPC' });
    await expect(retryOnShortage(60, () => Promise.reject(new Error('a mistake')))).rejects.toThrow(
      'a mistake',
    );
  });
});
