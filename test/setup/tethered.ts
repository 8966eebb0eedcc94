import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/** A server that ends with the process that started it, even when that is killed. */
export interface Tethered {
  /** Ends it with the given signal, and waits for that. */
  stop(): Promise<void>;
}

/**
 * Starts a server under a shell that holds a pipe to this process: at its end of file the server gets `signal`.
 * What it prints goes to the file `log`.
 */
export function spawnTethered(
  command: readonly string[],
  options: {
    log: string;
    signal: 'TERM' | 'QUIT' | 'KILL';
    uid?: number;
    gid?: number;
    cwd?: string;
    /** by default that of this process */
    env?: NodeJS.ProcessEnv;
  },
): Tethered {
  const { log, signal, ...rest } = options;
  const out = openSync(log, 'a');
  const script = `exec 3<&0; "$@" </dev/null 3<&- & child=$!; cat <&3 >/dev/null; kill -${signal} $child; wait $child`;
  const shell = spawn('sh', ['-c', script, 'tether', ...command], { stdio: ['pipe', out, out], ...rest });
  closeSync(out);
  return { stop: () => letGo(shell) };
}

async function letGo(shell: ChildProcess): Promise<void> {
  if (shell.exitCode !== null || shell.signalCode !== null) return;
  const ended = once(shell, 'exit');
  shell.stdin?.end();
  await ended;
}
