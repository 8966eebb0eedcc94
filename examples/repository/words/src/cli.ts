import { readFileSync } from 'node:fs';
import { measures } from './measures.ts';

for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  for (const [name, measure] of Object.entries(measures)) console.log(`${file} ${name} ${measure(text)}`);
}
