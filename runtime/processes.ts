import { readdir, readFile } from 'node:fs/promises';
import { run } from '../toolchain/run.ts';

/** A process of this machine and its command line, arguments joined by spaces. */
export interface ListedProcess {
  pid: number;
  command: string;
}

/** All processes whose command line this user may see. */
export async function listProcesses(): Promise<ListedProcess[]> {
  if (process.platform !== 'linux') return parsePs((await run('ps', ['-axo', 'pid=,command='])).stdout);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const listed = await Promise.all(pids.map(async (pid) => ({ pid, command: await commandOf(pid) })));
  return listed.filter((entry): entry is ListedProcess => Boolean(entry.command));
}

/**
 * What tells a process from a later one that got the same pid: when it started, as the system writes it;
 * undefined when there is no such process (one that ended and was not yet waited for counts as gone).
 */
export async function startedAt(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim() || undefined;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // proc(5): the name in parentheses may hold anything; state and start time are fields 3 and 22.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? undefined : fields?.[19];
}

/** Sends a signal to a process, or with a negative pid to a group; false when there is none (0 is none). */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  if (pid === 0) return false; // would be our own group
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function commandOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return text?.split('\0').join(' ').trim();
}

function parsePs(output: string): ListedProcess[] {
  return output.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(.*)$/.exec(line);
    return found?.[2] ? [{ pid: Number(found[1]), command: found[2] }] : [];
  });
}
