import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver, Heard } from './drivers/driver.ts';
import { createJsonLines } from './json-lines.ts';

/** Follows the file that an assistant keeps of its conversation. */
export interface Journal {
  /** where what it reads began, in bytes */
  began_at: number;
  /** reads what is new of the conversation */
  read(session: string): void;
}

const CHUNK_BYTES = 1024 * 1024;

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
  const folder = join(home, journal.folder);
  const read = journal.reader();
  const lines = createJsonLines(({ value }) => read(value).forEach(hear));
  let path: string | undefined;
  let offset = 0;

  const find = (session: string): string | undefined => {
    try {
      const names = readdirSync(folder, { recursive: true }).map(String);
      const name = names.find((one) => journal.is(one, session));
      return name === undefined ? undefined : join(folder, name);
    } catch {
      return undefined; // nothing is there yet
    }
  };
  if (known !== null) {
    path = find(known);
    if (path !== undefined) offset = from ?? sizeOf(path);
  }
  return {
    began_at: offset,
    read(session) {
      path ??= find(session);
      if (path === undefined) return;
      offset = readFrom(path, offset, (chunk) => lines.push(chunk));
    },
  };
}

function sizeOf(path: string): number {
  const fd = openSync(path, 'r');
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** Gives where it has read to. */
function readFrom(path: string, offset: number, take: (chunk: Buffer) => void): number {
  const fd = openSync(path, 'r');
  try {
    for (let at = offset; ; ) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const bytes = readSync(fd, chunk, 0, CHUNK_BYTES, at);
      if (bytes === 0) return at;
      take(chunk.subarray(0, bytes));
      at += bytes;
    }
  } finally {
    closeSync(fd);
  }
}
