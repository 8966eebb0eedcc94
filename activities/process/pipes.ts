import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Descriptor, spawnProgram } from './spawn.ts';

/** A pipe between this process and a program. */
export interface Pipe {
  /** what this process has of it: the end that is read, or the one that is written */
  ours: Socket;
  /** what the program gets; close it here once the program has it */
  theirs: Descriptor;
}

/**
 * Opens a real pipe that a program writes. What Node gives a program for 'pipe' is a socket, on which `> /dev/stderr`, `tee /dev/stderr`
 * and the like fail with ENXIO; scripts do that often.
 * @throws PipeError
 */
export async function pipeFromProgram(): Promise<Pipe> {
  const { read_fd, write_fd } = await takePipe();
  const ours = new Socket({ fd: read_fd, readable: true, writable: false });
  return { ours, theirs: { fd: write_fd, access: 'write' } };
}

/**
 * Opens a real pipe that a program reads.
 * @throws PipeError
 */
export async function pipeToProgram(): Promise<Pipe> {
  const { read_fd, write_fd } = await takePipe();
  const ours = new Socket({ fd: write_fd, readable: false, writable: true });
  return { ours, theirs: { fd: read_fd, access: 'read' } };
}

/**
 * Starts a program with pipes. Its ends of those that `start` opens are closed here when that has ended, and ours too unless it gives
 * something.
 * @throws PipeError, and whatever `start` throws
 */
export async function withPipes<T>(
  start: (open: (kind: typeof pipeFromProgram) => Promise<Pipe>) => Promise<T>,
): Promise<T> {
  const pipes: Pipe[] = [];
  let started: T | undefined;
  try {
    started = await start(async (kind) => {
      const pipe = await kind();
      pipes.push(pipe);
      return pipe;
    });
    return started;
  } finally {
    for (const { ours, theirs } of pipes) {
      closeSync(theirs.fd);
      if (started === undefined) ours.destroy();
    }
  }
}

/** No pipe could be made. The message says what is needed, and is fit to show to a user. */
export class PipeError extends Error {
  override readonly name = 'PipeError';
}

interface Descriptors {
  read_fd: number;
  write_fd: number;
}

// Node can't make a pipe by itself. mkfifo makes many at once, so that a command seldom waits for one, and
// they are opened and unlinked at once, so that a killed worker leaves none on the disk.
const BATCH = 32;
const spare: Descriptors[] = [];
let making: Promise<void> | undefined;

async function takePipe(): Promise<Descriptors> {
  for (;;) {
    const pipe = spare.pop();
    if (pipe !== undefined) return pipe;
    making ??= makePipes().finally(() => {
      making = undefined;
    });
    await making;
  }
}

async function makePipes(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-pipes-'));
  try {
    const paths = Array.from({ length: BATCH }, (_, index) => join(folder, String(index)));
    // with nothing of our environment: everybody can read that of a running program
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin' };
    const mkfifo = { program: 'mkfifo', args: ['-m', '600', ...paths], cwd: folder, env };
    const { exited } = await spawnProgram(mkfifo, [null, null, null]);
    const { exit_code } = await exited;
    if (exit_code !== 0) throw new Error(`mkfifo: exit code ${exit_code}`);
    for (const path of paths) spare.push(openBothEnds(path));
  } catch (cause) {
    throw new PipeError(
      `No pipe could be made to a program (${cause instanceof Error ? cause.message : String(cause)}). The worker needs the program mkfifo, and room in ${tmpdir()}.`,
      { cause },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function openBothEnds(path: string): Descriptors {
  // without O_NONBLOCK this open would wait for a writer, and the next one for a reader
  const first_fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const write_fd = openSync(path, constants.O_WRONLY);
    try {
      // a program that has it as its own would fail where it has to wait
      return { read_fd: openSync(path, constants.O_RDONLY), write_fd };
    } catch (error) {
      closeSync(write_fd);
      throw error;
    }
  } finally {
    closeSync(first_fd);
  }
}
