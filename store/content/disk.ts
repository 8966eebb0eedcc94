import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { FSDriver } from 'flydrive/drivers/fs';

/** Bytes of a content, both ends included. */
export interface ByteRange {
  start: number;
  end?: number;
}

/** Where contents lie, by their hash. Knows nothing of references. */
export interface ContentDisk {
  /** folder in which contents are put together before they are stored */
  staging: string;
  /** Stores a finished file of `staging` at once and whole; may consume the file. */
  store(sha256: string, file: string, size_bytes: number): Promise<void>;
  /** Rejects when there is no such content. */
  open(sha256: string, range?: ByteRange): Promise<Readable>;
  /** Bytes; null when there is no such content. */
  size(sha256: string): Promise<number | null>;
  /** Removes a content, if it is there. */
  remove(sha256: string): Promise<void>;
}

/** Contents as files of a folder, which is made: `ab/abcdef...`. */
export async function folderDisk(root: string): Promise<ContentDisk> {
  const staging = join(root, '.staging');
  await mkdir(staging, { recursive: true });
  await removeLeftovers(staging);
  const driver = new FSDriver({ location: root, visibility: 'private' });
  const path = (sha256: string) => join(root, contentKey(sha256));
  return {
    staging,
    async store(sha256, file) {
      // The driver moves by copying, which readers could see half-way; a rename is atomic.
      await mkdir(dirname(path(sha256)), { recursive: true });
      await rename(file, path(sha256));
    },
    async open(sha256, range) {
      const file = await open(path(sha256));
      return file.createReadStream(range);
    },
    async size(sha256) {
      const key = contentKey(sha256);
      if (!(await driver.exists(key))) return null;
      return (await driver.getMetaData(key)).contentLength;
    },
    remove: (sha256) => driver.delete(contentKey(sha256)),
  };
}

/** Name of a content on a disk. Two levels keep folders small. */
export function contentKey(sha256: string): string {
  return `${sha256.slice(0, 2)}/${sha256}`;
}

/** Removes what killed processes left behind; a day is longer than any upload. */
export async function removeLeftovers(staging: string): Promise<void> {
  const yesterday = Date.now() - 24 * 60 * 60 * 1000;
  for (const name of await readdir(staging)) {
    const file = join(staging, name);
    const found = await stat(file).catch(() => null);
    if (found?.isFile() && found.mtimeMs < yesterday) await rm(file, { force: true });
  }
}
