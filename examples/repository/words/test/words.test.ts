import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countWords } from '../src/words.ts';

test('words stand between spaces', () => {
  assert.equal(countWords(' one two\nthree '), 3);
  assert.equal(countWords(''), 0);
});

test('a word with a hyphen counts once', () => {
  assert.equal(countWords('a well-known word'), 3);
});
