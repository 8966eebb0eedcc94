import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * A mark that a command's processes can't lose by accident: which parts of memory a core dump would hold. The system hands it on to
 * children and through `exec` (core(5)), whatever becomes of the session, the parents, the environment and the open files, and any
 * user may set it for their own processes. It changes nothing but core dumps, which commands rarely leave.
 */
export interface Mark {
  /** 9 bits */
  value: number;
  /** start of the command's first process, in ticks since the machine started: none of its processes is older */
  since: number;
}

const VALUES = 512;
/** What nearly all processes have. */
const USUAL = 0x33;
/** An old run is looked for at most so long after its end. */
const RESTS_MS = 60_000;

/** values of this process that no run has now, the longest unused first */
const resting: { value: number; since: number }[] = [];
/** all that this process has, those that rest included: nobody need look whose they are */
const mine = new Set<number>();

/** Starts something that has a mark from its first moment, for it is handed on: this process has it meanwhile. */
export function withMark<T>(value: number | undefined, start: () => T): T {
  const own = value === undefined ? undefined : readMark('self');
  if (value === undefined || own === undefined) return start();
  writeMark(value);
  try {
    return start();
  } finally {
    writeMark(own);
  }
}

const writeMark = (value: number) => writeFileSync('/proc/self/coredump_filter', `0x${value.toString(16)}`);

/** Says that the run of that value has ended, so that another one may have it after a while. */
export function releaseValue(value: number): void {
  resting.push({ value, since: performance.now() });
}

/**
 * A value for the mark of a run that is to be started, which no other worker of this user has. Undefined when all are taken, or where the
 * system has no such mark: not Linux, or without core dumps.
 */
export function takeValue(): number | undefined {
  const own = readMark('self');
  if (own === undefined) return undefined;
  const [oldest] = resting;
  if (oldest && performance.now() - oldest.since > RESTS_MS) return resting.shift()?.value;
  try {
    const folder = join(tmpdir(), `orchestrator-marks-${userInfo().uid}`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (let value = 0; value < VALUES; value += 1) {
      if (value === USUAL || value === own || mine.has(value)) continue;
      if (!claim(join(folder, String(value)))) continue;
      mine.add(value);
      return value;
    }
  } catch {} // no room there: commands go without
  return undefined;
}

let own_start: number | undefined;

/** Makes the file, or takes it over from a worker that has ended. */
function claim(file: string): boolean {
  own_start ??= startOf('self');
  const text = `${process.pid} ${own_start}`;
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const [pid = '', since] = readFileSync(file, 'latin1').split(' ');
  // one that is just being written is empty
  if (pid === '' || String(startOf(Number(pid))) === since) return false;
  rmSync(file, { force: true });
  try {
    writeFileSync(file, text, { flag: 'wx' });
    return true;
  } catch {
    return false; // somebody else was quicker
  }
}

/** The value of a process, undefined where it can't be told. */
export function readMark(pid: number | 'self'): number | undefined {
  try {
    return Number.parseInt(readFileSync(`/proc/${pid}/coredump_filter`, 'latin1'), 16);
  } catch {
    return undefined;
  }
}

/** When a process was started, in ticks since the machine started; undefined where that can't be told. */
export function startOf(pid: number | 'self'): number | undefined {
  try {
    // Field 22 of proc_pid_stat(5), behind the name, which is in brackets and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}
