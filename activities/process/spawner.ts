// A process of its own, one for each worker, that starts programs for it. A process that starts one is copied by the system for a
// moment, all its tables of memory with it: that stops a worker of some hundred megabytes for 20 to 150 ms, and this one for 2.
import { closeSync, constants, openSync } from 'node:fs';
import { type Launched, launch } from './launch.ts';
import type { SpawnerAnswer, SpawnerRequest } from './spawn.ts';

const worker = process.ppid;

// A signal to the worker's group or service must not end the one who tells it how its commands ended.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit(0));

process.on('message', ({ id, descriptors, ...request }: SpawnerRequest) => {
  // what a dead worker still asked for would outlive it
  if (process.ppid !== worker) return;
  const stdio: (number | null)[] = [];
  let launched: Launched;
  try {
    if (!openAll(descriptors, stdio)) return answer({ id, unreachable: true });
    launched = launch(request, stdio);
  } catch (error) {
    return answer({ id, failed: plain(error) });
  } finally {
    for (const fd of stdio) if (fd !== null) closeSync(fd);
  }
  launched.failed.then((error) => answer({ id, failed: plain(error) }));
  launched.exited.then((exit) => answer({ id, exit }));
  const { pid, since } = launched;
  if (pid !== undefined) answer({ id, pid, since });
});

const KEPT: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'ENOENT']);

/**
 * The same pipes and files again, by the only names that they have. False where the system keeps them from other processes, as those
 * of a program with capabilities of its own.
 */
function openAll(descriptors: SpawnerRequest['descriptors'], stdio: (number | null)[]): boolean {
  try {
    for (const one of descriptors) {
      const flags = one?.access === 'read' ? constants.O_RDONLY : constants.O_WRONLY;
      stdio.push(one && openSync(`/proc/${worker}/fd/${one.fd}`, flags));
    }
    return true;
  } catch (error) {
    if (!KEPT.has((error as NodeJS.ErrnoException).code)) throw error;
    return false;
  }
}

function answer(message: SpawnerAnswer): void {
  if (process.connected) process.send?.(message, () => {});
}

function plain(error: unknown): { message: string; code: string } {
  const { message, code } = error as NodeJS.ErrnoException;
  return { message, code: code ?? '' };
}
