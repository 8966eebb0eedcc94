import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock that is held. */
export interface FileLock {
  release(): void;
}

/** `SQLITE_BUSY` of https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

/**
 * Takes the lock at `path`, or gives undefined when another process has it. It is an operating system lock,
 * reached through SQLite: it goes with its process however that ends, so no stale one is ever left.
 */
export function tryLock(path: string): FileLock | undefined {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

/** Waits until the lock is free and takes it; `onWait` is called once, before the first wait. */
export async function waitForLock(path: string, onWait: () => void): Promise<FileLock> {
  for (let waited = false; ; ) {
    const lock = tryLock(path);
    if (lock) return lock;
    if (!waited) onWait();
    waited = true;
    await sleep(200);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
