import { open, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { isExecutable } from '../../config/find-program.ts';
import { givenUmask } from '../../config/private.ts';
import type { Exit } from '../process/launch.ts';
import { pipeFromProgram, withPipes } from '../process/pipes.ts';
import { type Descriptor, type Spawned, SpawnerLost, spawnProgram } from '../process/spawn.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { RunView } from '../sandbox/view.ts';
import { inSandbox, requireProgram } from './confine.ts';
import { CommandLostError, CommandStartError, toStartError } from './errors.ts';

/** What is started, and where. */
export interface StartOptions {
  command: string | string[];
  cwd: string;
  env: Record<string, string>;
  /** becomes stdin */
  stdin_file: string;
  signal: AbortSignal;
  /** left out: it has none */
  confined?: { sandbox: Sandbox; view: RunView } | undefined;
  /** of all its processes, see process/marks.ts */
  mark_value?: number | undefined;
  /** told as soon as it was started */
  on_start(run: Spawned): void;
}

/** A running command. */
export interface StartedCommand {
  /** its process id, which is also that of its group and session */
  pid: number;
  /** on the clock of performance.now() */
  started_at: number;
  stdout: Socket;
  stderr: Socket;
  /** rejects with CommandLostError when nobody can tell */
  exited: Promise<Exit>;
  /** whether the program itself was begun, once it has exited: false where its sandbox could not be made, which stderr says */
  begun: Promise<boolean>;
}

/**
 * Starts a command as leader of a new session and process group. stdin is the file itself, so that nobody has to
 * feed it and a command that doesn't read it gets no broken pipe.
 * @returns undefined when the signal was aborted before the start
 * @throws CommandStartError, CommandLostError
 */
export async function startCommand(options: StartOptions): Promise<StartedCommand | undefined> {
  const [program, ...args] = toArgv(options.command);
  if (!program) throw new CommandStartError('command_empty', 'The command is empty. Name a program to run.');
  await requireFolder(options.cwd);
  if (options.confined) requireProgram(program, options);
  const stdin = await open(options.stdin_file);
  try {
    return await withPipes(async (open) => {
      const stdout = await open(pipeFromProgram);
      const stderr = await open(pipeFromProgram);
      if (options.signal.aborted) return undefined;
      const started_at = performance.now();
      const { cwd, env, mark_value } = options;
      const box = options.confined && (await inSandbox(options.confined, { program, args, cwd, env }, open));
      // what a command writes into a person's folder has the modes that it would have had if that person had run it
      const what = { ...(box?.program ?? { program, args, cwd, env }), mark_value, umask: givenUmask() };
      const descriptors: Descriptor[] = [
        { fd: stdin.fd, access: 'read' },
        stdout.theirs,
        stderr.theirs,
        ...(box?.descriptors ?? []),
      ];
      const run = await spawnProgram(what, descriptors);
      options.on_start(run);
      const exited = run.exited.catch((error: unknown) => {
        throw error instanceof SpawnerLost ? new CommandLostError() : error;
      });
      exited.catch(() => {}); // it is waited for once all of its output is read
      const begun = box ? box.begun() : Promise.resolve(true);
      return { pid: run.pid, started_at, stdout: stdout.ours, stderr: stderr.ours, exited, begun };
    });
  } catch (error) {
    if (error instanceof SpawnerLost) throw new CommandLostError();
    throw toStartError(program, error);
  } finally {
    await stdin.close();
  }
}

function toArgv(command: string | string[]): string[] {
  if (typeof command !== 'string') return command;
  return command.trim() === '' ? [] : [findShell(), '-c', command];
}

let shell: string | undefined;

function findShell(): string {
  shell ??= ['/bin', '/usr/bin', ...(process.env.PATH ?? '').split(delimiter)]
    .map((folder) => join(folder, 'bash'))
    .find(isExecutable);
  return shell ?? '/bin/sh';
}

async function requireFolder(cwd: string): Promise<void> {
  const found = await stat(cwd).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new CommandStartError(
    'cwd_missing',
    `The working folder ${cwd} ${found ? 'is not a folder' : 'does not exist'}. Create it before the task runs, or set the task's cwd.`,
  );
}
