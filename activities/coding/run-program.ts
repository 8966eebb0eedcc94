import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Mask } from '../../core/text/mask.ts';
import { captureTail } from '../command/capture.ts';
import { drain, killLeftovers } from '../command/ending.ts';
import { createLineSplitter } from '../command/lines.ts';
import { dropRecord, endEarlierRun, recordRun } from '../command/record.ts';
import type { Exit, Program } from '../process/launch.ts';
import type { TreeLimits } from '../process/limits.ts';
import { type Piped, spawnPiped } from '../process/piped.ts';
import { killTree, type ProcessTree } from '../process/process-tree.ts';
import { superviseRun } from '../process/supervision.ts';
import { watchTree } from '../process/watch.ts';
import { createJsonLines, type OutputLine } from './json-lines.ts';

/** How a program ended that says on stdout, line by line, what it does. */
export interface ProgramEnd extends Exit {
  /** `signal` was aborted while it ran, or before */
  stopped: boolean;
  stdout_bytes: number;
  /** it said more than it may */
  flooded: boolean;
  /** the last 4 KB */
  stderr_tail: string;
  /** why it was ended, where it took more than it may; in words that go on from its name */
  ended_because: string | null;
}

/** A program to follow. */
export interface FollowedProgram {
  /** makes it, with the marks by which its processes are found; `options`: what it reads at descriptor 3 */
  program(marks: { run_id: string; mark_value: number | undefined }): { program: Program; options?: string };
  /** what it reads on stdin; undefined: nothing */
  stdin: string | undefined;
  /** stdin stays open for answers until its last line that matters; else it is closed at once */
  spoken: boolean;
  /** file that says what runs, for whoever starts it again on this host */
  record: string;
  /** all lines that `on_line` wants kept */
  output_file: string;
  /** more of it on stdout ends the program, in bytes */
  limit_bytes: number;
  /** of all its processes */
  limits: TreeLimits;
  /** that it may write to */
  folders: readonly string[];
  mask: Mask;
  /** takes a line; says whether it is to be kept, and whether it was the last that matters; `send` answers it */
  on_line(line: OutputLine, send: (text: string) => void): { keep: boolean; end: boolean };
  on_stderr(line: string): void;
  /** aborting ends it with all its processes; with the reason AT_ONCE, without time to tidy up */
  signal: AbortSignal;
}

/** The reason to end a program that would go on to do what it may not. */
export const AT_ONCE = 'at once';

/** Seconds between SIGTERM and SIGKILL. */
const GRACE_SECONDS = 3;
/** What has said that it is done may tidy up for so long. */
const LINGER_MS = 10_000;
/** More that it does not read ends it. */
const UNREAD_BYTES = 64 * 1024 * 1024;
const STDERR_TAIL_BYTES = 4096;

/**
 * Runs a program to its end. Nothing that it started outlives it, as with commands. What an earlier start left running is ended
 * first.
 * @throws the system's refusal to start it, with its `code`; PipeError, SpawnerLost
 */
export async function followProgram(followed: FollowedProgram): Promise<ProgramEnd> {
  await endEarlierRun(followed.record, GRACE_SECONDS);
  if (followed.signal.aborted) return NEVER_STARTED;
  const run = superviseRun(GRACE_SECONDS);
  try {
    const { run_id, mark_value } = run;
    const { program, options } = followed.program({ run_id, mark_value });
    const piped = await spawnPiped(program, {
      stdin: followed.stdin !== undefined,
      third: options !== undefined,
    });
    piped.third?.end(options);
    run.started(piped);
    recordRun(followed.record, { run_id, marks: run.marks() });
    return await follow(followed, piped, { groups: [piped.pid], run_ids: [run_id], marks: run.marks() });
  } finally {
    run.ended();
    await dropRecord(followed.record);
  }
}

const NEVER_STARTED: ProgramEnd = {
  exit_code: null,
  signal: null,
  stopped: true,
  stdout_bytes: 0,
  flooded: false,
  stderr_tail: '',
  ended_because: null,
};

async function follow(followed: FollowedProgram, piped: Piped, tree: ProcessTree): Promise<ProgramEnd> {
  const { signal, limit_bytes } = followed;
  let killing: Promise<unknown> | undefined;
  const kill = () => {
    killing ??= killTree(tree, signal.reason === AT_ONCE ? 0 : GRACE_SECONDS);
  };
  let stopped = false;
  const stop = () => {
    stopped = true;
    kill();
  };
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  let ended_because: string | null = null;
  const unwatch = watchTree(tree, followed.limits, followed.folders, (because) => {
    ended_because = because;
    killing ??= killTree(tree, 0);
  });
  const { stdin } = piped;
  if (followed.spoken) stdin?.write(followed.stdin ?? '');
  else stdin?.end(followed.stdin);
  const send = (text: string) => {
    if (stdin?.writable) stdin.write(text);
    if ((stdin?.writableLength ?? 0) > UNREAD_BYTES) kill();
  };

  let bytes = 0;
  let flooded = false;
  let lingering: NodeJS.Timeout | undefined;
  const read = (size: number) => {
    bytes += size;
    if (bytes <= limit_bytes) return true;
    flooded = true;
    kill();
    return false;
  };
  const ended = () => {
    stdin?.end();
    lingering ??= setTimeout(kill, LINGER_MS);
  };
  const tail = captureTail(STDERR_TAIL_BYTES);
  const streams = [stoppable(piped.stdout), stoppable(piped.stderr)];
  const reading = Promise.all([
    readLines(followed, streams[0]!.chunks(), { read, ended, send }),
    readErrors(followed, streams[1]!.chunks(), tail),
  ]);
  reading.catch(kill);
  let lost: unknown;
  const exit = await piped.exited.catch((error: unknown) => {
    lost = error;
    kill();
  });
  clearTimeout(lingering);
  unwatch();
  signal.removeEventListener('abort', stop);
  await (killing ?? killLeftovers(tree, GRACE_SECONDS, reading));
  await drain(streams, reading);
  if (!exit) throw lost;
  return { ...exit, stopped, stdout_bytes: bytes, flooded, stderr_tail: tail.text(), ended_because };
}

async function readLines(
  { output_file, mask, on_line }: FollowedProgram,
  chunks: AsyncGenerator<Buffer>,
  to: { read(bytes: number): boolean; ended(): void; send(text: string): void },
): Promise<void> {
  const masked = mask.stream();
  const kept: string[] = [];
  const lines = createJsonLines((line) => {
    const { keep, end } = on_line(line, to.send);
    if (keep) kept.push(line.text);
    if (end) to.ended();
  });
  await using file = await open(output_file, 'a', 0o600);
  const write = async () => {
    if (kept.length > 0) await file.appendFile(`${kept.splice(0).join('\n')}\n`);
  };
  for await (const chunk of chunks) {
    if (!to.read(chunk.length)) continue;
    lines.push(masked.push(chunk));
    await write();
  }
  lines.push(masked.end());
  lines.end();
  await write();
}

async function readErrors(
  { mask, on_stderr }: FollowedProgram,
  chunks: AsyncGenerator<Buffer>,
  tail: ReturnType<typeof captureTail>,
): Promise<void> {
  const masked = mask.stream();
  const lines = createLineSplitter(on_stderr);
  const take = (bytes: Buffer) => {
    tail.push(bytes);
    lines.push(bytes);
  };
  for await (const chunk of chunks) take(masked.push(chunk));
  take(masked.end());
  lines.end();
}

/** A stream that can be left while somebody holds its other end open. */
function stoppable(source: Readable) {
  let last_at = performance.now();
  return {
    last_at: () => last_at,
    stop: () => source.destroy(),
    async *chunks(): AsyncGenerator<Buffer> {
      try {
        for await (const chunk of source) {
          last_at = performance.now();
          yield chunk as Buffer;
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
      }
    },
  };
}
