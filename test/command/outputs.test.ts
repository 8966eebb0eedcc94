import { expect, test } from 'vitest';
import { parseOutputs } from '../../activities/command/outputs.ts';

test('a stdout that is one JSON object gives named outputs', () => {
  expect(parseOutputs(' {"count": 3}\n')).toEqual({ output: ' {"count": 3}\n', outputs: { count: 3 } });
});

test.each([
  ['{broken}', 'is not JSON: '],
  ['{"a":1}\n{"b":2}', 'is not JSON: '],
  ['{"a": NaN}', 'is not JSON: '],
  ['{"id": 9007199254740993}', 'holds the number 9007199254740993, which'],
  ['{"a": 1e999}', 'holds the number 1e999, which'],
  [`{"a": ${'['.repeat(6000)}${']'.repeat(6000)}}`, 'has more than 200 levels of brackets'],
])('a stdout that is meant as an object and can not be kept as one is said to be: %#', (stdout, why) => {
  expect(parseOutputs(stdout)).toEqual({ output: stdout, unread: expect.stringContaining(why) });
});

test.each(['done\n', '', '[1]', '"text"', 'null', '{"a":1} trailing', '{"a": "breaks'])(
  'anything else is plain output: %j',
  (stdout) => {
    expect(parseOutputs(stdout)).toEqual({ output: stdout });
  },
);
