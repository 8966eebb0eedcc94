import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './launch-error.ts';
import type { Ending, Running } from './running.ts';

/** A process that is started again whenever it ends. */
export interface Supervised {
  readonly name: string;
  /** Of the one running now, or the last one. */
  pid(): number;
  /** Endings in a row that came soon after the start, and the last one. */
  failures(): { count: number; last?: Ending };
  /** Ends it, and starts it again as after any other end. */
  restart(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
  /** SIGKILL, for good. */
  kill(): void;
}

export interface SuperviseOptions {
  name: string;
  /** The process, when it runs already. */
  first?: Running;
  start: () => Running | Promise<Running>;
  say: (line: string) => void;
  /** Called after every start with the new pid, the first included. */
  onStart?: (pid: number) => void;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;
/** A process that lived this long was well; the next wait is short again. */
const WELL_AFTER_MS = 30_000;

/** Starts a process and keeps it running: back-off from 0.2 s, doubling to 10 s. */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { name, say } = options;
  const stopping = new AbortController();
  let running = options.first ?? (await options.start());
  let failures: { count: number; last?: Ending } = { count: 0 };
  options.onStart?.(running.pid);

  const loop = async () => {
    for (let started = Date.now(); ; started = Date.now()) {
      const ending = await running.ended;
      if (stopping.signal.aborted) return;
      const wasWell = Date.now() - started >= WELL_AFTER_MS;
      failures = { count: wasWell ? 1 : failures.count + 1, last: ending };
      const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures.count - 1), LONGEST_WAIT_MS);
      say(`${name} (pid ${running.pid}) ended: ${ending.how}; starting it again in ${waitMs / 1000} s`);
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      running = await startAgain(options);
      options.onStart?.(running.pid);
      if (stopping.signal.aborted) await running.stop();
    }
  };
  const done = loop();

  return {
    name,
    pid: () => running.pid,
    failures: () => failures,
    restart: () => running.stop(),
    stop: async () => {
      stopping.abort();
      await running.stop();
      await done;
    },
    kill: () => {
      stopping.abort();
      running.kill();
    },
  };
}

/** A start that throws counts as a process that ended at once, and is tried again like one. */
async function startAgain(options: SuperviseOptions): Promise<Running> {
  try {
    return await options.start();
  } catch (error) {
    const ended = Promise.resolve({ how: messageOf(error) });
    return { pid: 0, ended, stop: async () => {}, kill: () => {} };
  }
}
