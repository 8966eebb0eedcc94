import { readFileSync, writeFileSync } from 'node:fs';

/**
 * A mark that a command's processes can't lose by accident: which parts of memory a core dump would hold. The system hands it on to
 * children and through `exec` (core(5)), whatever becomes of the session, the parents, the environment and the open files, and any
 * user may set it for processes of his own. It changes nothing but core dumps, which commands rarely leave.
 */
export interface Mark {
  /** 9 bits */
  value: number;
  /** start of the command's first process, in ticks since the machine started: none of its processes is older */
  since: number;
}

const VALUES = 512;
let next = Math.floor(Math.random() * VALUES);

/**
 * Marks a process that was started in this moment, before it can have started others.
 * @returns undefined where the system has no such mark: not Linux, or without core dumps
 */
export function setMark(pid: number): Mark | undefined {
  const own = readMark('self');
  if (own === undefined) return undefined;
  do next = (next + 1) % VALUES;
  while (next === own || next === USUAL);
  try {
    const since = startOf(pid);
    writeFileSync(`/proc/${pid}/coredump_filter`, `0x${next.toString(16)}`);
    return { value: next, since };
  } catch {
    return undefined; // it has ended already
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

/** What nearly all processes have. */
const USUAL = 0x33;

// Field 22 of proc_pid_stat(5), behind the name, which is in brackets and may hold anything.
function startOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}
