import { expect, test } from 'vitest';
import { MAX_JSON_DEPTH, textTooDeep, tooDeep } from '../../core/text/json-depth.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

test('depth is counted to the limit, in values and in texts', () => {
  for (const limit of [1, 3, MAX_JSON_DEPTH]) {
    expect(textTooDeep(nested(limit), limit)).toBe(false);
    expect(textTooDeep(nested(limit + 1), limit)).toBe(true);
    expect(tooDeep(JSON.parse(nested(limit)), limit)).toBe(false);
    expect(tooDeep(JSON.parse(nested(limit + 1)), limit)).toBe(true);
  }
  expect(tooDeep({ a: [{ b: 1 }] }, 3)).toBe(false);
  expect(tooDeep({ a: [{ b: {} }] }, 3)).toBe(true);
  expect(tooDeep('text', 1)).toBe(false);
  expect(tooDeep(null, 1)).toBe(false);
});

test('brackets inside strings are no levels, whatever is escaped there', () => {
  expect(textTooDeep(JSON.stringify(['[[[["\\[[[[']), 1)).toBe(false);
  expect(textTooDeep('["\\\\",[1]]', 1)).toBe(true);
});

test('a million levels need no stack', () => {
  let value: unknown = 1;
  for (let level = 0; level < 1_000_000; level += 1) value = [value];
  expect(tooDeep(value)).toBe(true);
  expect(textTooDeep(nested(1_000_000))).toBe(true);
});
