import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Where lines of a log go. */
export interface LogFile {
  /** Appends a line, with its line feed. */
  write(line: string): void;
}

/** How often the file is looked at: until then lines may still go to the one that was renamed meanwhile. */
const LOOK_MS = 1000;
/** A process that holds the lock renames a handful of files; one that has held it for longer was killed. */
const STALE_LOCK_MS = 10_000;

/**
 * A log file that several processes append to, a line a write, and that is begun anew when it is full: whoever sees
 * that first renames it to `<file>.1`, that one to `<file>.2` and so on, and the others follow within a second.
 * @param options.max_bytes about how much a file holds
 * @param options.keep how many full ones are kept
 */
export function openLogFile(path: string, options: { max_bytes: number; keep: number }): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let fd = openSync(path, 'a');
  let looked_at = 0;

  const reopen = () => {
    closeSync(fd);
    fd = openSync(path, 'a');
  };
  const look = () => {
    looked_at = Date.now();
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.ino !== fstatSync(fd).ino) reopen();
    else if (there.size >= options.max_bytes) {
      withLock(`${path}.lock`, () => {
        // another process may have done it since
        if (statSync(path, { throwIfNoEntry: false })?.ino === there.ino) rename(path, options.keep);
      });
      reopen();
    }
  };
  return {
    write(line) {
      if (Date.now() - looked_at >= LOOK_MS) look();
      writeSync(fd, line);
    },
  };
}

function rename(path: string, keep: number): void {
  for (let n = keep - 1; n >= 1; n -= 1) {
    if (statSync(`${path}.${n}`, { throwIfNoEntry: false })) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  }
  renameSync(path, `${path}.1`);
}

/** Runs something that one process at a time may do; not at all while another does. */
function withLock(lock: string, run: () => void): void {
  try {
    mkdirSync(lock);
  } catch {
    const held = statSync(lock, { throwIfNoEntry: false });
    if (held && Date.now() - held.mtimeMs > STALE_LOCK_MS) rmdirSync(lock);
    return;
  }
  try {
    run();
  } finally {
    rmdirSync(lock);
  }
}
