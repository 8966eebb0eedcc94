import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';

/** Removes a folder with all that is in it, also folders that nobody may write to, such as those of Go's module cache. */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
    makeWritable(Buffer.from(path));
    await rm(path, { recursive: true, force: true });
  });
}

const SLASH = Buffer.from('/');

function makeWritable(folder: Buffer): void {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
    if (entry.isDirectory()) makeWritable(Buffer.concat([folder, SLASH, entry.name]));
  }
}
