import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether a folder on the way to a path below `folder` is a link, or none at all: what is written there lands elsewhere. */
export async function leadsThroughLink(folder: string, path: string): Promise<boolean> {
  const parts = path.split('/').slice(0, -1);
  for (let at = 1; at <= parts.length; at += 1) {
    const stats = await lstat(join(folder, ...parts.slice(0, at))).catch(() => undefined);
    if (stats && !stats.isDirectory()) return true;
  }
  return false;
}
