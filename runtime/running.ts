import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess, startedAt } from './processes.ts';

/** How a process ended. */
export interface Ending {
  /** For a person: `exit code 1`, `SIGKILL`. */
  how: string;
  exitCode?: number;
}

/** A process the launcher looks after. */
export interface Running {
  readonly pid: number;
  /** Settles when it has ended; never rejects. */
  readonly ended: Promise<Ending>;
  /** Asks it to end, waits, and kills it after its grace. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): void;
}

/** SIGTERM, then SIGKILL when it has not ended after `graceSeconds`; a negative `target` is a process group. */
export async function stopGently(
  target: { pid: number; killPid: number },
  ended: Promise<unknown>,
  graceSeconds: number,
): Promise<void> {
  // One that has ended may have left its pid to a stranger.
  if (await Promise.race([ended.then(() => true), sleep(0, false)])) return;
  signalProcess(target.pid, 'SIGTERM');
  const timer = new AbortController();
  const late = sleep(graceSeconds * 1000, 'late', { signal: timer.signal }).catch(() => 'ended');
  const outcome = await Promise.race([ended.then(() => 'ended'), late]);
  timer.abort();
  if (outcome === 'late') {
    signalProcess(target.killPid, 'SIGKILL');
    await ended;
  }
}

/** Settles when a process that is not our child is gone; looked at four times a second. */
export async function waitForEnd(pid: number, started: string | undefined): Promise<void> {
  while (started !== undefined && (await startedAt(pid)) === started) await sleep(250);
}
