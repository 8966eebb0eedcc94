import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../toolchain/cache.ts';
import type { Job } from './job.ts';
import { type Answer, READY, type Runner } from './runner.ts';

/** One of what is measured, in processes of its own. */
export interface Engine {
  /** How the tables call it. */
  name: string;
  /** Carries the job out; gives when it knew of the end of its last task, or, at a gate, that it waits there. Unix ms. */
  run(job: Job): Promise<number>;
  /** Lets a job that waits at its gate go on; gives when it knew of the end of its last task. */
  approve(job: Job): Promise<number>;
  /** What a kill can hit: the process that carries out tasks, or more. */
  victims: readonly string[];
  /** Seconds that it has to go on by itself after a kill, before it is asked to. */
  patience_seconds: number;
  /** kill -9 */
  kill(victim: string): Promise<void>;
  /** Starts again what was killed, where nothing else does, and waits until it can be asked. */
  restart(): Promise<void>;
  /** Goes on with a job after a kill, to its end, by hand where it has to be; false where nothing of it was kept. */
  resume(job: Job): Promise<boolean>;
  stop(): Promise<void>;
}

const PROGRAMS = {
  langgraph: new URL('./langgraph.ts', import.meta.url),
  mastra: new URL('./mastra.ts', import.meta.url),
};

/** Of frameworks: enough for whatever one may do when its process starts. */
export const PATIENCE_SECONDS = 10;

/** A framework that is measured: a program beside this file, and which way of using it. */
export interface Framework {
  name: string;
  program: keyof typeof PROGRAMS;
  variant: string;
}

/** Starts a framework in a process of its own, with its packages from that folder. */
export async function startFramework(
  { name, program, variant }: Framework,
  packages: string,
  databaseUrl?: string,
): Promise<Engine> {
  const script = fileURLToPath(PROGRAMS[program]);
  const args = [packages, variant, ...(databaseUrl ? [databaseUrl] : [])];
  const start = () => startProcess(script, args);
  let current = await start();
  const timed = (method: keyof Runner) => async (job: Job) => {
    await current.call(method, job);
    return Date.now();
  };
  return {
    name: `${name}, ${databaseUrl ? 'PostgreSQL' : 'in memory'}`,
    run: timed('run'),
    approve: timed('approve'),
    resume: async (job) => (await current.call('resume', job)) as boolean,
    victims: ['its process'],
    // what was in memory is gone
    patience_seconds: databaseUrl ? PATIENCE_SECONDS : 0,
    kill: () => current.kill(),
    async restart() {
      current = await start();
    },
    stop: () => current.kill(),
  };
}

async function startProcess(script: string, args: string[]) {
  // as our own processes start
  const env = { ...process.env, NODE_COMPILE_CACHE: join(cacheFolder(), 'compiled') };
  const child = fork(script, args, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  const ended = once(child, 'exit').then(([code, signal]) => {
    for (const { reject } of open.values()) reject(new Error(`${script} ended with ${signal ?? code}`));
  });
  const ready = Promise.withResolvers<void>();
  ended.then(() => ready.reject(new Error(`${script} did not start`)));
  child.on('message', (message: Answer | typeof READY) => {
    if (message === READY) return ready.resolve();
    const { resolve, reject } = open.get(message.n)!;
    open.delete(message.n);
    if (message.error === undefined) resolve(message.result);
    else reject(new Error(message.error));
  });
  await ready.promise;
  let calls = 0;
  return {
    call(method: keyof Runner, job: Job): Promise<unknown> {
      const answer = Promise.withResolvers<unknown>();
      calls += 1;
      open.set(calls, answer);
      child.send({ n: calls, method, job });
      return answer.promise;
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
