// Adds the average length of words, at the top of the list of measures.
import { replace, write } from './edit.ts';

write({
  'src/average.ts': `import { wordsOf } from './words.ts';

/** Characters of a word on average; 0 where there is none. */
export function averageLength(text: string): number {
  const words = wordsOf(text);
  return words.reduce((sum, word) => sum + word.length, 0) / Math.max(1, words.length);
}
`,
  'test/average.test.ts': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averageLength } from '../src/average.ts';

test('the average length of words', () => {
  assert.equal(averageLength('a bcd'), 2);
  assert.equal(averageLength(''), 0);
});
`,
});
const first = "import { countCharacters } from './characters.ts';";
replace('src/measures.ts', first, `import { averageLength } from './average.ts';\n${first}`);
replace('src/measures.ts', '  characters:', '  average: averageLength,\n  characters:');
