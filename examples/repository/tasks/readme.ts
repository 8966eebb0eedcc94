// Lists the measures in the README. It needs what the tasks before it have added.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { replace } from './edit.ts';

const { measures } = (await import(pathToFileURL(join(process.cwd(), 'src/measures.ts')).href)) as {
  measures: Record<string, unknown>;
};
const names = Object.keys(measures);
for (const name of ['average', 'sentences']) {
  if (!names.includes(name)) throw new Error(`src/measures.ts has no ${name}`);
}
replace('README.md', 'Tells what is in a text.\n', `Tells what is in a text: ${names.join(', ')}.\n`);
console.log(`The README lists ${names.length} measures.`);
