// Adds the number of sentences, further down in the list of measures.
import { replace, write } from './edit.ts';

write({
  'src/sentences.ts': `/** What ends with a full stop, a question mark or an exclamation mark. */
export const countSentences = (text: string): number => text.split(/[.!?]+(?=\\s|$)/).filter((part) => part.trim()).length;
`,
  'test/sentences.test.ts': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countSentences } from '../src/sentences.ts';

test('sentences end with a mark and a space', () => {
  assert.equal(countSentences('One. Two?! Version 1.4 is three.'), 3);
  assert.equal(countSentences(''), 0);
});
`,
});
const last = "import { countWords } from './words.ts';";
replace('src/measures.ts', last, `import { countSentences } from './sentences.ts';\n${last}`);
replace('src/measures.ts', '  words:', '  sentences: countSentences,\n  words:');
