import { expect, test } from 'vitest';
import { parseOutputs } from '../../activities/command/outputs.ts';

test('a stdout that is one JSON object gives named outputs', () => {
  expect(parseOutputs(' {"count": 3}\n')).toEqual({ output: ' {"count": 3}\n', outputs: { count: 3 } });
});

test.each(['done\n', '', '[1]', '"text"', 'null', '{broken}', '{"a":1} trailing', '{"a":1}\n{"b":2}'])(
  'anything else is plain output: %j',
  (stdout) => {
    expect(parseOutputs(stdout)).toEqual({ output: stdout });
  },
);

test.each([
  ['{"a": NaN}', 'is not JSON at line 1, column 7: NaN is not a JSON value'],
  ['{"a": 1, "b": [1', 'is not JSON at line 1, column 17: it ends too early'],
  ["{'a': 1}", "is not JSON at line 1, column 2: ' is not a name in double quotes"],
  ['{"a": "breaks', 'is not JSON at line 1, column 14: it ends too early'],
  ['{"id": 9007199254740993}', 'holds the number 9007199254740993, which'],
  ['{"a": 1e999}', 'holds the number 1e999, which'],
  [`{"a":${'['.repeat(6000)}${']'.repeat(6000)}}`, 'levels of brackets'],
])('what looks like an object and is none is told: %.20s', (stdout, why) => {
  const { output, outputs, warning } = parseOutputs(stdout);
  expect({ output, outputs }).toEqual({ output: stdout, outputs: undefined });
  expect(warning).toContain(why);
});

test('an object of which only the beginning was read is told as such', () => {
  expect(parseOutputs('{"a": "b', true).warning).toMatch(
    /longer than what is read of it \(limits\.output_bytes\)/,
  );
});
