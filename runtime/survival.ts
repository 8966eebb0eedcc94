import { isShortage } from '../config/shortage.ts';
import { messageOf } from './launch-error.ts';

/** Somebody has hung up, and nothing is wrong with us. */
const HUNG_UP = new Set(['EPIPE', 'ECONNRESET']);

/**
 * What may end a process of ours, in one place; called first of all by launcher, worker and API.
 *
 * - Output that nobody takes ends nothing: a terminal that was closed, a reader that has gone (`| head`), a file on a
 *   full disk. Logs (telemetry/log/log-file.ts) and live notes (store/notes/notes.ts) never throw.
 * - An error that nobody caught and that only says what the system lacks is told, and ends nothing.
 * - Any other error that nobody caught ends worker and API (`mayEnd`) with exit code 1: what they hold in memory can't
 *   be trusted any more. Whoever runs them starts them again, as the launcher does without ever giving up once all was
 *   up (supervise.ts). The launcher, which nobody starts again, tells it and goes on.
 *
 * @param options.tell says it in the log and to people
 */
export function survive(options: { mayEnd: boolean; tell: (text: string, error: unknown) => void }): void {
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  process.on('uncaughtException', (error: unknown) => {
    const passes = !options.mayEnd || isShortage(error) || hasHungUp(error);
    options.tell(`uncaught error: ${messageOf(error)}; ${passes ? 'going on' : 'ending'}`, error);
    if (!passes) process.exit(1);
  });
}

const hasHungUp = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && HUNG_UP.has(String(error.code));
