import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';

/**
 * Removes a folder with all that is in it, also folders that nobody may write to, such as those of Go's module cache, and such as lie
 * deeper than the system takes paths.
 */
export async function removeTree(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(async (error: NodeJS.ErrnoException) => {
    if (!['EACCES', 'EPERM', 'ENAMETOOLONG'].includes(error.code ?? '')) throw error;
    makeRemovable(Buffer.from(path));
    await rm(path, { recursive: true, force: true });
  });
}

const SLASH = Buffer.from('/');
/** Of a path below the folder, in bytes; the system takes 4096 altogether. */
const LONGEST = 1000;

function makeRemovable(top: Buffer): void {
  if (!lstatSync(top, { throwIfNoEntry: false })?.isDirectory()) return;
  const folders = [top];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    chmodSync(folder, 0o700);
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
      if (!entry.isDirectory()) continue;
      const path = Buffer.concat([folder, SLASH, entry.name]);
      folders.push(path.length - top.length > LONGEST ? moveUp(path, top) : path);
    }
  }
}

function moveUp(folder: Buffer, top: Buffer): Buffer {
  const to = Buffer.concat([top, SLASH, Buffer.from(randomUUID())]);
  chmodSync(folder, 0o700);
  renameSync(folder, to);
  return to;
}
