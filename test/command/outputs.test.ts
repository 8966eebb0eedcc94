import { expect, test } from 'vitest';
import { parseOutputs } from '../../activities/command/outputs.ts';

test('a stdout that is one JSON object gives named outputs', () => {
  expect(parseOutputs(' {"count": 3}\n')).toEqual({ output: ' {"count": 3}\n', outputs: { count: 3 } });
});

test.each(['done\n', '', '[1]', '"text"', 'null', '{"a":1} trailing', '{"a":1}\n{"b":2}', '{broken}'])(
  'anything else is plain output: %j',
  (stdout) => {
    expect(parseOutputs(stdout)).toEqual({ output: stdout });
  },
);
