import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonProblem } from '../../core/text/json-problem.ts';

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test.each([
  ['{"a": NaN}', 1, 7, 'NaN is not a JSON value'],
  ['{"a": 1,\n "b": -Infinity}', 2, 7, '-Infinity is not a JSON value'],
  ['{"a": [1, 2', 1, 12, 'it ends too early'],
  ['{"a": "never ends', 1, 18, 'it ends too early'],
  ['{"a": 1,}', 1, 9, '} is not a name in double quotes'],
  ["{'a': 1}", 1, 2, "' is not a name in double quotes"],
  ['{"a" 1}', 1, 6, 'there is no colon before 1'],
  ['{"a": 1 "b": 2}', 1, 9, 'there is no comma before "'],
  ['{"a": 01}', 1, 7, '01 is not a JSON value'],
  ['{"a": "x\ny"}', 1, 9, 'a string holds a line break or another control character'],
  ['{"a": "\\q"}', 1, 8, 'a string holds an escape that JSON does not have'],
  ['', 1, 1, 'it ends too early'],
])('%j', (text, line, column, problem) => {
  expect(parses(text)).toBe(false);
  expect(jsonProblem(text)).toEqual({ line, column, problem, goes_on: false });
});

test('one whole value with something behind it says so', () => {
  expect(jsonProblem('{"a": 1}\n{"a": 2}')).toMatchObject({ line: 2, column: 1, goes_on: true });
});

test('a text is JSON exactly where JSON.parse takes it', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u00e9"',
    '1',
    '-0.5e+3',
    'true',
    'null',
    ' ',
    '\n',
    '"',
    '-',
    '.',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      expect(jsonProblem(text) === null).toBe(parses(text));
    }),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(fc.json(), fc.nat(), (text, at) => {
      expect(jsonProblem(text)).toBeNull();
      const cut = text.slice(0, at % (text.length + 1));
      expect(jsonProblem(cut) === null).toBe(parses(cut));
    }),
  );
});

test('a text that is too deep is refused at the place where it gets so, without a stack', () => {
  const deep = `{"a":${'['.repeat(6000)}${']'.repeat(6000)}}`;
  expect(jsonProblem(deep)).toMatchObject({ line: 1, problem: 'it has more than 200 levels of brackets' });
  expect(jsonProblem('['.repeat(1_000_000))).toMatchObject({ column: 201 });
});
