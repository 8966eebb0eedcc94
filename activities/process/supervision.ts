import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Mark, releaseValue, takeValue } from './marks.ts';

/** What the worker tells its supervisor, one JSON object a line. */
export type SupervisorMessage = StartedMessage | { op: 'ended'; run_id: string };

interface StartedMessage {
  op: 'started';
  run_id: string;
  /** the command's process group, which leads a session of its own */
  group: number;
  mark?: Mark | undefined;
  kill_grace_seconds: number;
}

/** One command under the supervisor's eye. */
export interface SupervisedRun {
  /** unique; goes into the environment of the command before it starts */
  run_id: string;
  /** for the mark of its processes; undefined: they have none */
  mark_value: number | undefined;
  /** Call it as soon as the process was started. */
  started(run: { pid: number; since: number | undefined }): void;
  /** what its processes are marked with: none or one */
  marks(): Mark[];
  ended(): void;
}

/**
 * Puts a run under the supervisor of this worker process, which is started with the first one.
 * One supervisor serves all runs, so that a command costs no second process. A worker killed between starting
 * a command and telling of it leaks nothing: run ids begin with the worker's own id, which the supervisor knows.
 * A supervisor that ends is replaced, and told what runs.
 * @param marked false: its processes stay in their group, and need no mark, of which there are few
 */
export function superviseRun(kill_grace_seconds: number, marked = true): SupervisedRun {
  const run_id = `${WORKER_ID}/${++runs}/`;
  ensureSupervisor();
  let value = marked ? takeValue() : undefined;
  return {
    run_id,
    mark_value: value,
    started({ pid, since }) {
      const mark = value === undefined || since === undefined ? undefined : { value, since };
      const message: StartedMessage = { op: 'started', run_id, group: pid, mark, kill_grace_seconds };
      running.set(run_id, message);
      tell(message);
    },
    marks() {
      const mark = running.get(run_id)?.mark;
      return mark ? [mark] : [];
    },
    ended() {
      if (value !== undefined) releaseValue(value);
      value = undefined;
      running.delete(run_id);
      tell({ op: 'ended', run_id });
    },
  };
}

/** The process id of this worker's supervisor, if it has one. */
export function supervisorPid(): number | undefined {
  return supervisor?.pid;
}

const RESTART_AFTER_MS = 250;

/** Of this process: run ids begin with it. */
export const WORKER_ID = randomUUID();
const running = new Map<string, StartedMessage>();
let runs = 0;
let supervisor: ChildProcess | undefined;

function ensureSupervisor(): void {
  if (supervisor) return;
  const script = fileURLToPath(new URL('./supervisor.ts', import.meta.url));
  const child = spawn(process.execPath, [script, WORKER_ID], {
    // in a session of its own, for Ctrl-C in the worker's terminal reaches the whole group there
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  supervisor = child;
  child.unref();
  (child.stdin as Socket).unref();
  child.stdin?.on('error', () => {}); // it died; `exit` deals with that
  child.once('error', () => replace(child));
  child.once('exit', () => replace(child));
  for (const message of running.values()) tell(message);
}

function replace(child: ChildProcess): void {
  if (supervisor !== child) return;
  supervisor = undefined;
  setTimeout(() => {
    if (running.size > 0) ensureSupervisor();
  }, RESTART_AFTER_MS).unref();
}

function tell(message: SupervisorMessage): void {
  supervisor?.stdin?.write(`${JSON.stringify(message)}\n`);
}
