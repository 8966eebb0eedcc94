import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { withGivenUmask } from '../../config/private.ts';
import { CommandStartError, toStartError } from './errors.ts';
import { openPipe, type Pipe } from './pipes.ts';

/** What is started, and where. */
export interface StartOptions {
  command: string | string[];
  cwd: string;
  env: Record<string, string>;
  /** becomes stdin */
  stdin_file: string;
  signal: AbortSignal;
  /** for the mark of a command that is a shell string: it sets it itself before anything else */
  mark_value?: number | undefined;
  /** told its process id in the moment that it was started */
  on_start(pid: number): void;
}

/** A running command. */
export interface StartedCommand {
  /** its process id, which is also that of its group and session */
  pid: number;
  /** on the clock of performance.now() */
  started_at: number;
  stdout: Socket;
  stderr: Socket;
  exited: Promise<{ exit_code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * Starts a command as leader of a new session and process group. stdin is the file itself, so that nobody has to
 * feed it and a command that doesn't read it gets no broken pipe.
 * @returns undefined when the signal was aborted before the start
 * @throws CommandStartError
 */
export async function startCommand(options: StartOptions): Promise<StartedCommand | undefined> {
  const [program, ...args] = marked(toArgv(options.command), options);
  if (!program) throw new CommandStartError('command_empty', 'The command is empty. Name a program to run.');
  await requireFolder(options.cwd);
  const stdin = await open(options.stdin_file);
  const pipes: Pipe[] = [];
  let started = false;
  try {
    const stdout = await openPipe();
    pipes.push(stdout);
    const stderr = await openPipe();
    pipes.push(stderr);
    if (options.signal.aborted) return undefined;
    const started_at = performance.now();
    const child = withGivenUmask(() =>
      spawn(program, args, {
        cwd: options.cwd,
        env: options.env,
        detached: true,
        stdio: [stdin.fd, stdout.write_fd, stderr.write_fd],
      }),
    );
    const exited = exitOf(child);
    if (child.pid) options.on_start(child.pid);
    const pid = child.pid ?? (await spawnFailure(child));
    started = true;
    return { pid, started_at, stdout: stdout.read, stderr: stderr.read, exited };
  } catch (error) {
    throw error instanceof CommandStartError ? error : toStartError(program, error);
  } finally {
    for (const pipe of pipes) {
      closeSync(pipe.write_fd);
      if (!started) pipe.read.destroy();
    }
    await stdin.close();
  }
}

function toArgv(command: string | string[]): string[] {
  if (typeof command !== 'string') return command;
  return command.trim() === '' ? [] : [findShell(), '-c', command];
}

/** On a busy machine a shell has started others before this process can mark it. */
function marked(argv: string[], { command, mark_value }: StartOptions): string[] {
  if (mark_value === undefined || typeof command !== 'string' || argv.length === 0) return argv;
  const script = 'echo "$0" 2>/dev/null >/proc/self/coredump_filter; exec "$@"';
  return ['/bin/sh', '-c', script, `0x${mark_value.toString(16)}`, ...argv];
}

let shell: string | undefined;

function findShell(): string {
  shell ??= ['/bin', '/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
    .map((folder) => join(folder, 'bash'))
    .find(isExecutable);
  return shell ?? '/bin/sh';
}

/** Whether a program lies there that this process may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function requireFolder(cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new CommandStartError(
    'cwd_missing',
    `The working folder ${cwd} ${found ? 'is not a folder' : 'does not exist'}. Create it before the task runs, or set the task's cwd.`,
  );
}

function exitOf(child: ChildProcess): StartedCommand['exited'] {
  return new Promise((resolve) => {
    child.once('exit', (exit_code, signal) => resolve({ exit_code, signal }));
  });
}

// A child without pid has failed; the reason comes as an event.
function spawnFailure(child: ChildProcess): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', reject);
  });
}
