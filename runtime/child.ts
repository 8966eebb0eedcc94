import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Env } from '../config/env.ts';
import { withGivenUmask } from '../config/private.ts';
import { cacheFolder } from '../toolchain/cache.ts';
import { handOver } from './keys.ts';
import { signalProcess } from './processes.ts';
import { type Ending, type Running, stopGently } from './running.ts';

/** Seconds the worker and the API have to finish what they are at. */
const GRACE_SECONDS = 15;

/**
 * Starts a script of ours on this Node with a pipe to us as standard input, which `stopAtLauncherEnd` watches, and one
 * with its keys, which `takeKeys` reads.
 * It leads its own process group: Ctrl-C on the terminal reaches the launcher only, which stops things in order.
 * @param onRunning called when it says that it runs
 */
export function startChild(script: string, env: Env, onRunning = () => {}): Running {
  const given = handOver(env);
  // half of a start is loading code; what was loaded once is kept
  const compiled = join(cacheFolder(env), 'compiled');
  const child = withGivenUmask(() =>
    spawn(process.execPath, [script], {
      env: { NODE_COMPILE_CACHE: compiled, ...given.env, ORCHESTRATOR_LAUNCHED: '1' },
      stdio: ['pipe', 'inherit', 'inherit', 'ipc', 'pipe'],
      detached: true,
    }),
  );
  const keys = child.stdio[4] as Writable | null;
  keys?.on('error', () => {}); // as below
  keys?.end(given.keys);
  child.stdin?.on('error', () => {}); // it ended first; `ended` says so
  child.once('message', onRunning);
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => resolve({ how: error.message }));
    child.once('exit', (code, signal) =>
      resolve(signal ? { how: signal } : { how: `exit code ${code}`, exitCode: code ?? undefined }),
    );
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    ended,
    stop: () => stopGently({ pid, killPid: -pid }, ended, GRACE_SECONDS),
    kill: () => void signalProcess(-pid, 'SIGKILL'),
  };
}
