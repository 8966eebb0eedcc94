import { spawn } from 'node:child_process';
import { withUmask } from '../../config/private.ts';
import { startOf, withMark } from './marks.ts';

/** A program to start, as leader of a new session and process group. */
export interface Program {
  program: string;
  args: readonly string[];
  cwd: string;
  /** all of it: nothing of this process's own gets in */
  env: Record<string, string>;
  /** left out: that of this process */
  umask?: number | undefined;
  /** of all its processes, see marks.ts */
  mark_value?: number | undefined;
  /** whom it runs as, where this process may say so; left out: this user */
  user?: { uid: number; gid: number } | undefined;
}

/** How a program ended. */
export interface Exit {
  exit_code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program that was started, or could not be. */
export interface Launched {
  /** its process id, which is also that of its group and session; undefined when it could not be started: see `failed` */
  pid: number | undefined;
  /** when it was started, in ticks since the machine started; undefined where that can't be told: not Linux */
  since: number | undefined;
  exited: Promise<Exit>;
  /** why it could not be started; else it never settles */
  failed: Promise<Error>;
}

/**
 * Starts a program out of this process.
 * @param stdio descriptors of this process that become 0, 1, 2 and so on; null: nothing
 */
export function launch(
  { program, args, cwd, env, umask, mark_value, user }: Program,
  stdio: readonly (number | null)[],
): Launched {
  const start = () =>
    spawn(program, args, { cwd, env, detached: true, stdio: stdio.map((fd) => fd ?? 'ignore'), ...user });
  const child = withUmask(umask, () => withMark(mark_value, start));
  return {
    pid: child.pid,
    since: child.pid === undefined ? undefined : startOf(child.pid),
    exited: new Promise((resolve) => {
      child.once('exit', (exit_code, signal) => resolve({ exit_code, signal }));
    }),
    failed: new Promise((resolve) => {
      child.once('error', resolve);
    }),
  };
}
