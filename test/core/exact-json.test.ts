import { expect, test } from 'vitest';
import { LongNumber, parseMarkingLong, readExactJson, readExactObject } from '../../core/text/exact-json.ts';

test.each([
  '9007199254740993',
  '-9007199254740993',
  '{"a": [1, {"id": 12345678901234567890}]}',
  '[1e999]',
  '[-1e400]',
])('%s holds a number that would be another one', (text) => {
  expect(readExactJson(text)).toEqual({ problem: expect.stringContaining("can't be kept digit by digit") });
});

test('the number is named, and a very long one is shortened', () => {
  expect(readExactJson('{"id": 9007199254740993}')).toEqual({
    problem: expect.stringContaining('the number 9007199254740993, '),
  });
  const { problem } = readExactJson('9'.repeat(5000)) as { problem: string };
  expect(problem.length).toBeLessThan(200);
});

test.each([
  '9007199254740991',
  '9007199254740992',
  '-9007199254740992',
  '"9007199254740993"',
  '{"9007199254740993": "12345678901234567890"}',
  '[1e20, 1E+100, 0.1, 1234567890.12345678901234567, -0]',
])('%s is read as it is', (text) => {
  expect(readExactJson(text)).toEqual({ value: JSON.parse(text) });
});

test('what is no JSON, and what nests too deep, is refused in words', () => {
  expect(readExactJson('{"a": ')).toEqual({ problem: expect.stringMatching(/^is not JSON: /) });
  expect(readExactJson(`{"a": ${'x'.repeat(10_000)}`)).toEqual({
    problem: expect.stringMatching(/^is not JSON: .{1,200}$/),
  });
  const deep = '['.repeat(20_000) + ']'.repeat(20_000);
  expect(readExactJson(deep)).toEqual({ problem: expect.stringContaining('levels of brackets') });
  expect(readExactObject('[1]')).toEqual({ problem: 'is not a JSON object' });
  expect(readExactObject('null')).toEqual({ problem: 'is not a JSON object' });
  expect(readExactObject('{"a": 1}')).toEqual({ value: { a: 1 } });
});

test('numbers that would be rounded are marked where they stand', () => {
  expect(parseMarkingLong('{"a": [1, 9007199254740993], "b": 2}')).toEqual({
    a: [1, new LongNumber('9007199254740993')],
    b: 2,
  });
  const deep = `${'['.repeat(20_000)}9007199254740993${']'.repeat(20_000)}`;
  expect(Array.isArray(parseMarkingLong(deep))).toBe(true);
});
