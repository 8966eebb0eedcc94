import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CommandStartError } from './errors.ts';

/** A pipe between two processes. */
export interface Pipe {
  read: Socket;
  /** the descriptor for the child; close it here once the child has it */
  write_fd: number;
}

/**
 * Opens a real pipe. What Node gives a child for 'pipe' is a socket, on which `> /dev/stderr`, `tee /dev/stderr`
 * and the like fail with ENXIO; scripts do that often.
 * @throws CommandStartError when none can be made
 */
export async function openPipe(): Promise<Pipe> {
  const { read_fd, write_fd } = await takePipe();
  return { read: new Socket({ fd: read_fd, readable: true, writable: false }), write_fd };
}

interface Descriptors {
  read_fd: number;
  write_fd: number;
}

// Node can't make a pipe by itself. mkfifo makes many at once, so that a command seldom waits for one, and
// they are opened and unlinked at once, so that a killed worker leaves none on the disk.
const BATCH = 16;
const spare: Descriptors[] = [];
const run = promisify(execFile);
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
    const env = { PATH: process.env.PATH };
    await run('mkfifo', ['-m', '600', ...paths], { env }).catch(refuse);
    for (const path of paths) spare.push(openBothEnds(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function refuse(cause: unknown): never {
  throw new CommandStartError(
    'command_start_failed',
    `No pipe could be made for the command's output (${cause instanceof Error ? cause.message : String(cause)}). The worker needs the program mkfifo, and room in ${tmpdir()}.`,
    { cause },
  );
}

function openBothEnds(path: string): Descriptors {
  // without O_NONBLOCK this open would wait for a writer
  const read_fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { read_fd, write_fd: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(read_fd);
    throw error;
  }
}
