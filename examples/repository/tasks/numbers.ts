// Has signs that stand alone count as no words. The first attempt is hasty, and a test of the repository finds it.
import { readFileSync } from 'node:fs';
import { replace } from './edit.ts';

const { previous_failure } = JSON.parse(readFileSync(process.env.ORCHESTRATOR_CONTEXT!, 'utf8')) as {
  previous_failure?: { message: string; tail?: string };
};
const failed = /(?:✖|not ok \d+ -) (a word with a hyphen counts once)/.exec(
  previous_failure?.tail ?? '',
)?.[1];
if (previous_failure && !failed) throw new Error(`it failed for another reason: ${previous_failure.message}`);

const hasty = String.raw`/\w+/g`;
const careful = String.raw`/[\p{L}\p{N}]+(?:[-'.,][\p{L}\p{N}]+)*/gu`;
console.log(
  failed
    ? `The check said that this failed: ${failed}. Parts of a word stay together now.`
    : 'Words are letters and digits.',
);

replace(
  'src/words.ts',
  '/** What stands between spaces. */',
  '/** Letters and digits; signs that stand alone are no words. */',
);
replace(
  'src/words.ts',
  String.raw`text.split(/\s+/).filter(Boolean)`,
  `text.match(${failed ? careful : hasty}) ?? []`,
);
replace(
  'test/words.test.ts',
  "test('a word with a hyphen",
  `test('a sign that stands alone is no word', () => {
  assert.equal(countWords('one - two'), 2);
});

test('a word with a hyphen`,
);
