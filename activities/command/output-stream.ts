import { type FileHandle, open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { MaskStream } from '../../core/text/mask.ts';
import type { Capture } from './capture.ts';
import { CommandOutputError } from './errors.ts';
import type { LineSplitter } from './lines.ts';
import { createTerminalLines } from './terminal.ts';

/** Where one output stream of a command goes. */
export interface OutputTargets {
  file: string;
  /** more than this is read and counted, but not written */
  file_limit_bytes: number;
  /** runs what writes, and repeats it for as long as one has patience */
  write(run: () => Promise<void>): Promise<void>;
  mask: MaskStream;
  capture: Capture;
  lines: LineSplitter;
}

/** One output stream on its way to disk. */
export interface OutputStream {
  /** settles when the stream has ended and its file is closed; @throws CommandOutputError on a write error */
  done: Promise<void>;
  /** bytes so far, as they are kept */
  bytes(): number;
  /** when something last came, on the clock of performance.now() */
  last_at(): number;
  /** stops reading; `done` then settles as if the stream had ended */
  stop(): void;
}

/**
 * Reads a stream no faster than it can be written: at any time one chunk of it is in memory, one line, and what the
 * captures keep. What is kept is what a terminal would show, without secrets. The command waits meanwhile, as on any full pipe.
 */
export function readOutput(source: Socket, targets: OutputTargets): OutputStream {
  let bytes = 0;
  let last_at = performance.now();

  async function take(file: FileHandle, chunk: Buffer): Promise<void> {
    if (chunk.length === 0) return;
    const room = Math.max(0, targets.file_limit_bytes - bytes);
    bytes += chunk.length;
    targets.capture.push(chunk);
    targets.lines.push(chunk);
    if (room > 0) await write(file, chunk.subarray(0, room));
  }

  async function write(file: FileHandle, chunk: Buffer): Promise<void> {
    let rest = chunk;
    const writeRest = async () => {
      while (rest.length > 0) rest = rest.subarray((await file.write(rest)).bytesWritten);
    };
    await targets.write(writeRest).catch((error) => refuse(targets.file, error));
  }

  async function readAll(): Promise<void> {
    try {
      await using file = await open(targets.file, 'w').catch((error) => refuse(targets.file, error));
      const terminal = createTerminalLines();
      for await (const chunk of untilStopped(source)) {
        last_at = performance.now();
        await take(file, targets.mask.push(terminal.push(chunk)));
      }
      await take(file, targets.mask.push(terminal.end()));
      await take(file, targets.mask.end());
      targets.lines.end();
    } finally {
      source.destroy();
    }
  }

  return { done: readAll(), bytes: () => bytes, last_at: () => last_at, stop: () => source.destroy() };
}

function refuse(path: string, error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  throw new CommandOutputError(
    `The command's output could not be written to ${path} (${reason}). Make room on the disk, or check the folder's permissions, and retry.`,
    { cause: error },
  );
}

async function* untilStopped(source: Socket): AsyncGenerator<Buffer> {
  try {
    yield* source as AsyncIterable<Buffer>;
  } catch (error) {
    const stopped = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!stopped) throw error;
  }
}
