import { describe, expect, test } from 'vitest';
import { resolveSecrets, secretNames } from '../../core/text/secrets.ts';

const lookup = (known: Record<string, string>) => (name: string) => known[name];

describe('secrets', () => {
  test('references are found in texts and in the values of records, each once', () => {
    expect(secretNames('Bearer ${secret:B} ${secret:A} ${secret:B}')).toEqual(['A', 'B']);
    expect(secretNames({ x: '${secret:X_1}', y: 'plain ${HOME} ${secret:not-a-name}' })).toEqual(['X_1']);
  });

  test('values are put in and reported, the others are named and left as written', () => {
    const resolved = resolveSecrets(
      { auth: 'Bearer ${secret:TOKEN}', other: '${secret:GONE}', plain: 'as it is' },
      lookup({ TOKEN: 't0p' }),
    );
    expect(resolved.values).toEqual({ auth: 'Bearer t0p', other: '${secret:GONE}', plain: 'as it is' });
    expect(resolved.missing).toEqual(['GONE']);
    expect(resolved.used).toEqual({ TOKEN: 't0p' });
  });

  test('a secret that looks like a reference or a replacement pattern is put in as it is', () => {
    const resolved = resolveSecrets({ a: '${secret:A}' }, lookup({ A: '${secret:B} $& $1', B: 'no' }));
    expect(resolved.values.a).toBe('${secret:B} $& $1');
  });
});
