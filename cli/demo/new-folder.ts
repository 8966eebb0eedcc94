import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a folder `<name>-<n>` with the first number that is free; gives its path. Throws what the file system does. */
export function newFolder(parent: string, name: string): string {
  mkdirSync(parent, { recursive: true });
  for (let number = 1; ; number++) {
    const folder = join(parent, `${name}-${number}`);
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
