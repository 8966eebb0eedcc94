import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measures } from '../src/measures.ts';

test('each measure of an empty text is a number', () => {
  for (const measure of Object.values(measures)) assert.ok(Number.isFinite(measure('')));
});

test('measures stand in the order of their names', () => {
  assert.deepEqual(Object.keys(measures), Object.keys(measures).sort());
});
