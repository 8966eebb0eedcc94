import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Moves objects that our own git wrote into the mirror, a file at a time, as git does it with what a push brought: what is there
 * already is the same. The index of a pack comes after the pack.
 */
export function moveObjects(from: string, to: string): void {
  for (const folder of readdirSync(from)) {
    if (folder === 'info') continue;
    const names = readdirSync(join(from, folder)).filter((name) => !name.startsWith('tmp_'));
    if (names.length > 0) mkdirSync(join(to, folder), { recursive: true });
    for (const name of names.sort(indexLast)) renameSync(join(from, folder, name), join(to, folder, name));
  }
}

const indexLast = (a: string, b: string): number => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx'));
