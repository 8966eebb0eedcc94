import { readdirSync, readFileSync } from 'node:fs';

/** The processes of the product whose memory is looked at. */
export type PartOfProduct = 'worker' | 'api';

/** Files that they run, as their command lines end. */
const PROGRAM: Record<PartOfProduct, string> = { worker: 'worker.ts', api: 'api/main.ts' };

/** Resident memory of a process that the launcher has started, in bytes. Throws where there is none. Linux alone. */
export function memoryOf(launcher_pid: number, part: PartOfProduct): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (parentOf(pid) !== launcher_pid) continue;
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (words.some((word) => word.endsWith(PROGRAM[part]))) return residentOf(pid);
    } catch {} // it has ended meanwhile
  }
  throw new Error(`the product has no ${part}`);
}

const parentOf = (pid: string): number => fieldOf(pid, 'PPid');

const residentOf = (pid: string): number => fieldOf(pid, 'VmRSS') * 1024;

/** A number of https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function fieldOf(pid: string, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
}
