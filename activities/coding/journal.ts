import { closeSync, fstatSync, readSync } from 'node:fs';
import type { Driver, Heard, Reader } from './drivers/driver.ts';
import { findInHome, openInHome } from './home-files.ts';
import { createJsonLines } from './json-lines.ts';

/** Follows the file that an assistant keeps of its conversation. */
export interface Journal {
  /** where what it reads began, in bytes */
  began_at: number;
  /** reads what is new of the conversation */
  read(session: string): void;
}

const CHUNK_BYTES = 1024 * 1024;
/** What one start may write; what comes then is not read: a file may pretend to any length. */
const MOST_BYTES = 512 * 1024 * 1024;

/**
 * @param known the conversation that is gone on with: what its file has already is of earlier starts; null: a new one
 * @param from where to begin instead, in bytes
 * @returns null where there is no such file
 */
export function followJournal(
  { journal }: Driver,
  home: string,
  known: string | null,
  hear: (heard: Heard) => void,
  from?: number,
): Journal | null {
  if (!journal) return null;
  let read: Reader | undefined;
  const lines = createJsonLines(({ value }) => read?.(value).forEach(hear));
  let of = known;
  let path: string | undefined;
  let offset = 0;

  const find = (session: string) => findInHome(home, journal.folder, journal.ends(session))[0];
  if (known !== null) {
    path = find(known);
    if (path !== undefined) offset = from ?? sizeOf(home, path);
  }
  const [first, began_at] = [path, offset];
  return {
    began_at,
    read(session) {
      const isOther = session !== of;
      const now = isOther || path === undefined ? find(session) : path;
      if (now === undefined) return;
      // it has begun another conversation
      if (now !== path) offset = 0;
      if (isOther || !read) read = journal.reader(session);
      [of, path] = [session, now];
      const end = (now === first ? began_at : 0) + MOST_BYTES;
      offset = readFrom(home, now, { offset, end }, (chunk) => lines.push(chunk));
    },
  };
}

function sizeOf(home: string, path: string): number {
  const fd = openInHome(home, path);
  if (fd === null) return 0;
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** Gives where it has read to. */
function readFrom(
  home: string,
  path: string,
  { offset, end }: { offset: number; end: number },
  take: (chunk: Buffer) => void,
): number {
  const fd = openInHome(home, path);
  // one that it took away says no more
  if (fd === null) return offset;
  try {
    for (let at = offset; ; ) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const bytes = readSync(fd, chunk, 0, CHUNK_BYTES, at);
      if (bytes === 0 || at >= end) return at;
      take(chunk.subarray(0, bytes));
      at += bytes;
    }
  } finally {
    closeSync(fd);
  }
}
