import { readFileSync, writeFileSync } from 'node:fs';
import type { DataDir } from '../config/data-dir.ts';
import { type FileLock, tryLock } from '../toolchain/file-lock.ts';
import { LaunchError } from './launch-error.ts';

/**
 * Takes the data folder for this launcher until it releases it or dies. Throws {@link LaunchError} naming the
 * process that has it.
 */
export function lockDataDir(dir: DataDir): FileLock {
  const lock = tryLock(dir.lock);
  if (!lock) {
    throw new LaunchError(
      `Another launcher${holder(dir)} is running on ${dir.root}. Stop it first, or use another folder with --data-dir.`,
    );
  }
  try {
    writeFileSync(pidFile(dir), String(process.pid));
  } catch {
    // only said to a rival
  }
  return lock;
}

function holder(dir: DataDir): string {
  try {
    return ` (pid ${readFileSync(pidFile(dir), 'utf8')})`;
  } catch {
    return ''; // it took the lock a moment ago and has not written its pid yet
  }
}

function pidFile(dir: DataDir): string {
  return `${dir.lock}.pid`;
}
