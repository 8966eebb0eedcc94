import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor, redactText } from '../../activities/command/redact.ts';

function redactChunks(chunks: string[], secrets: string[]): string {
  const redactor = createRedactor(secrets);
  const parts = chunks.map((chunk) => redactor.push(Buffer.from(chunk)));
  return Buffer.concat([...parts, redactor.end()]).toString();
}

test('secrets are replaced wherever they stand', () => {
  expect(redactText('token=s3cret, again s3cret', ['s3cret'])).toBe('token=***, again ***');
  expect(redactText('nothing here', ['s3cret'])).toBe('nothing here');
  expect(redactText('empty secrets replace nothing', [''])).toBe('empty secrets replace nothing');
});

test('the longer of two secrets wins, and overlapping ones become one mask', () => {
  expect(redactText('<abcdef>', ['abc', 'abcdef'])).toBe('<***>');
  expect(redactText('<abcxyz>', ['abcx', 'cxyz'])).toBe('<***>');
  expect(redactChunks(['<abc', 'def>'], ['abc', 'abcdef'])).toBe('<***>');
});

test('a secret of several lines is found line by line, and as JSON', () => {
  const key = 'first-line\nsecond-line\n';
  expect(redactText('> first-line\n> second-line', [key])).toBe('> ***\n> ***');
  expect(redactText(JSON.stringify({ key: 'a"b\\c' }), ['a"b\\c'])).toBe('{"key":"***"}');
});

test('text that only looks like the beginning of a secret is not lost, and comes as soon as it can', () => {
  const redactor = createRedactor(['s3cret']);
  expect(redactor.push(Buffer.from('yes')).toString()).toBe('ye');
  expect(redactor.push(Buffer.from('!')).toString()).toBe('s!');
  expect(redactor.push(Buffer.from('s3cre')).toString()).toBe('');
  expect(redactor.end().toString()).toBe('s3cre');
});

test('however a stream is cut, the result is the same and holds no secret', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
  const secret = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 12 }),
      fc.array(secret, { maxLength: 3 }),
      (chunks, secrets) => {
        const cut = redactChunks(chunks, secrets);
        expect(cut).toBe(redactText(chunks.join(''), secrets));
        for (const value of secrets) expect(cut).not.toContain(value);
      },
    ),
    { numRuns: 2000 },
  );
});
