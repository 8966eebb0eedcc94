import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Env } from '../config/env.ts';
import { cacheFolder } from './cache.ts';
import { waitForLock } from './file-lock.ts';

/** Says that the folder beside it is whole. */
const DONE = 'installed';

/**
 * Gives the folder of the per-user cache that belongs to the versions in `wanted`, a file; `install` fills it the first
 * time, whoever else waits for it. What an install broke off left there does not count.
 * @param name of what is installed, as the folder and the messages call it
 * @param install gives why it can't be had, or nothing when the folder is whole
 */
export async function installOnce(
  name: string,
  wanted: string,
  options: { onProgress: (line: string) => void; env: Env },
  install: (folder: string) => Promise<string | undefined>,
): Promise<{ folder: string } | { folder?: undefined; reason: string }> {
  const hash = createHash('sha256').update(readFileSync(wanted)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(options.env), `${name}-${hash}`);
  const isThere = () => existsSync(join(folder, DONE));
  if (isThere()) return { folder };

  const lock = await waitForLock(`${folder}.lock`, () =>
    options.onProgress(`another process is installing ${name}; waiting for it`),
  );
  try {
    if (isThere()) return { folder };
    options.onProgress(`installing ${name}, about half a minute`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const problem = await install(folder);
    if (problem) {
      await rm(folder, { recursive: true, force: true });
      return { reason: problem };
    }
    await writeFile(join(folder, DONE), '');
    return { folder };
  } finally {
    lock.release();
  }
}
