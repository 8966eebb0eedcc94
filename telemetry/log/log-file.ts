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
  /** Appends a line, with its line feed. Never throws: nothing ends because it can't be told. */
  write(line: string): void;
}

/** How often the file is looked at: until then lines may still go to the one that was renamed meanwhile. */
const LOOK_MS = 1000;
/** A process that holds the lock renames a handful of files; one that has held it for longer was killed. */
const STALE_LOCK_MS = 10_000;
/** How often writing is tried while the disk takes nothing. */
const RETRY_MS = 1000;
/** Lines that wait for a disk that takes nothing; of more the oldest are left out. */
const WAITING_LINES = 1000;

/**
 * A log file that several processes append to, a line a write, and that is rotated when it is full: whoever sees
 * that first renames it to `<file>.1`, that one to `<file>.2` and so on, and the others follow within a second.
 * While it can't be written (a full disk, a folder that is gone), that is said once on stderr, the latest lines wait
 * in memory, and writing is tried every second.
 * @param options.max_bytes about how much a file holds
 * @param options.keep how many full ones are kept
 * @param options.complain says what is wrong with the log itself; on stderr unless told
 */
export function openLogFile(
  path: string,
  options: { max_bytes: number; keep: number; complain?: (text: string) => void },
): LogFile {
  const complain = options.complain ?? ((text: string) => console.error(text));
  const waiting: string[] = [];
  let fd: number | undefined;
  let looked_at = 0;
  let torn = false;
  let left_out = 0;
  let retry: NodeJS.Timeout | undefined;

  const open = () => {
    mkdirSync(dirname(path), { recursive: true });
    const before = fd;
    fd = openSync(path, 'a'); // before the other is closed: without it its number would soon be another file's
    if (before !== undefined) closeSync(before);
    return fd;
  };
  const look = (current: number) => {
    looked_at = Date.now();
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.ino !== fstatSync(current).ino) return open();
    if (there.size < options.max_bytes) return current;
    withLock(`${path}.lock`, () => {
      // another process may have done it since
      if (statSync(path, { throwIfNoEntry: false })?.ino === there.ino) rename(path, options.keep);
    });
    return open();
  };
  const put = (line: string) => {
    let current = fd ?? open();
    if (Date.now() - looked_at >= LOOK_MS) current = look(current);
    let rest = Buffer.from(torn ? `\n${line}` : line); // the piece of it that was written stands alone
    while (rest.length > 0) {
      const count = writeSync(current, rest);
      rest = rest.subarray(count);
      torn = rest.length > 0;
    }
  };
  const flush = () => {
    try {
      for (let line = waiting[0]; line !== undefined; line = waiting[0]) {
        put(line);
        waiting.shift();
      }
    } catch (error) {
      if (!retry) complain(`The log ${path} can't be written (${reason(error)}); trying again every second.`);
      retry ??= setInterval(flush, RETRY_MS).unref();
      return;
    }
    if (!retry) return;
    clearInterval(retry);
    retry = undefined;
    complain(`The log ${path} is written again; ${left_out} lines are left out.`);
    left_out = 0;
  };
  return {
    write(line) {
      waiting.push(line);
      if (waiting.length > WAITING_LINES) {
        waiting.shift();
        left_out++;
      }
      if (!retry) flush();
    },
  };
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function rename(path: string, keep: number): void {
  for (let n = keep - 1; n >= 1; n -= 1) {
    if (statSync(`${path}.${n}`, { throwIfNoEntry: false })) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
  }
  renameSync(path, `${path}.1`);
}

/** Runs something that one process at a time may do; not at all while another does, or where it can't be. */
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
