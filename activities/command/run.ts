import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { retryOnShortage } from '../../config/retry-on-shortage.ts';
import type { Mask } from '../../core/text/mask.ts';
import { killTree, type ProcessTree } from '../process/process-tree.ts';
import { type SupervisedRun, superviseRun } from '../process/supervision.ts';
import { watchTree } from '../process/watch.ts';
import type { Guard } from '../sandbox/guard.ts';
import { type Capture, captureHead, captureTail } from './capture.ts';
import { sandboxProblem } from './confine.ts';
import { drain, killLeftovers } from './ending.ts';
import { commandEnvironment } from './environment.ts';
import { createLineSplitter } from './lines.ts';
import { type OutputStream, readOutput } from './output-stream.ts';
import { confinement, dropOwnFolders } from './own-folders.ts';
import { dropRecord, endEarlierRun, recordRun } from './record.ts';
import { type StartedCommand, startCommand } from './start.ts';

/** One command to run. */
export interface CommandRequest {
  /** a shell string (run with bash, or /bin/sh where there is none), or an argv array, run as it is */
  command: string | string[];
  /** absolute, must exist */
  cwd: string;
  guard: Guard;
  /** the task's own variables, secrets resolved */
  env: Record<string, string>;
  /** given as JSON on stdin and in the file `$ORCHESTRATOR_CONTEXT` */
  context: unknown;
  job_id: string;
  task_id: string;
  attempt: number;
  /** `$ORCHESTRATOR_ARTIFACTS`; made empty, what was there is removed */
  artifacts_dir: string;
  context_file: string;
  /** `$ORCHESTRATOR_INPUTS`: what is there already, to be read; left out: there is none */
  inputs_dir?: string | undefined;
  /** so much of stdout is returned */
  output_limit_bytes: number;
  /** all of stdout and stderr, secrets replaced, up to `file_limit_bytes` each */
  stdout_file: string;
  stderr_file: string;
  /** default 1 GiB; what comes after is read and dropped, so that a runaway command doesn't fill the disk */
  file_limit_bytes?: number;
  /** how long writing waits while there is no room on the disk, the command on its full pipe meanwhile; default 0 */
  patience_seconds?: number;
  /** keeps secrets out of everything that comes out */
  mask: Mask;
  on_line(line: OutputLine): void;
  /** aborting kills the command with all its processes */
  signal: AbortSignal;
  /** seconds between SIGTERM and SIGKILL, default 3 */
  kill_grace_seconds?: number;
}

/** A line of output without its line end; lines over 8 KB come in pieces, and floods with gaps that say so. */
export interface OutputLine {
  stream: 'stdout' | 'stderr';
  text: string;
  /** ISO 8601, UTC */
  at: string;
}

/** How a command ended. */
export interface CommandResult {
  /** null when a signal ended it, or it was never started because `signal` was aborted before */
  exit_code: number | null;
  signal: string | null;
  /** `signal` was aborted while it ran, or before */
  cancelled: boolean;
  /** the beginning of stdout, decoded as UTF-8 with U+FFFD for what is not */
  stdout: string;
  stdout_truncated: boolean;
  stdout_bytes: number;
  stderr_bytes: number;
  /** the last 4 KB */
  stderr_tail: string;
  /** why it was ended, where it took more than it may; in words that go on from "the command" */
  ended_because: string | null;
  /** a file reached `file_limit_bytes` and lacks the rest */
  files_truncated: boolean;
  duration_seconds: number;
}

/**
 * Runs a command to its end. Nothing that it started outlives it: on abort, and when the command itself has ended,
 * every process of it is killed (see `killTree` for what counts), and when this process dies the supervisor does it.
 * What an earlier start with the same folder left running is ended first.
 * @throws CommandStartError when it could not be started, CommandOutputError when its output could not be written, CommandLostError
 */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const { patience_seconds = 0, signal } = request;
  const grace_seconds = request.kill_grace_seconds ?? KILL_GRACE_SECONDS;
  const record = join(dirname(request.context_file), 'running.json');
  await endEarlierRun(record, grace_seconds);
  await retryOnShortage(patience_seconds, () => prepareFiles(request), signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  const run = superviseRun(grace_seconds);
  try {
    const confined = await confinement(request);
    const env = commandEnvironment({ ...request, home: confined?.view.home }, run.run_id);
    // what was started once is not started again
    const begun = new AbortController();
    const start = () =>
      startCommand({
        ...request,
        env,
        confined,
        stdin_file: request.context_file,
        mark_value: run.mark_value,
        on_start(started) {
          begun.abort();
          run.started(started);
          recordRun(record, { run_id: run.run_id, marks: run.marks() });
        },
      });
    const command = await retryOnShortage(patience_seconds, start, AbortSignal.any([signal, begun.signal]));
    if (!command) return neverStarted();
    return await follow(request, command, run, grace_seconds);
  } finally {
    run.ended();
    await dropRecord(record);
    await dropOwnFolders(request);
  }
}

const KILL_GRACE_SECONDS = 3;
const FILE_LIMIT_BYTES = 1024 ** 3;
const STDERR_TAIL_BYTES = 4096;

async function follow(
  request: CommandRequest,
  command: StartedCommand,
  run: SupervisedRun,
  grace_seconds: number,
): Promise<CommandResult> {
  const tree: ProcessTree = { groups: [command.pid], run_ids: [run.run_id], marks: run.marks() };
  const head = captureHead(request.output_limit_bytes);
  const tail = captureTail(STDERR_TAIL_BYTES);
  const stdout = openStream(request, 'stdout', command, head);
  const stderr = openStream(request, 'stderr', command, tail);
  const reading = Promise.all([stdout.done, stderr.done]);

  let killing: Promise<boolean> | undefined;
  const kill = () => {
    killing ??= killTree(tree, grace_seconds);
  };
  let cancelled = false;
  const cancel = () => {
    cancelled = true;
    kill();
  };
  let ended_because: string | null = null;
  const { sandbox, view } = request.guard;
  const folders = [dirname(request.context_file), ...view.writable, ...sandbox.writable];
  const unwatch = watchTree(tree, sandbox.limits, folders, (because) => {
    ended_because = because;
    killing ??= killTree(tree, 0);
  });
  request.signal.addEventListener('abort', cancel, { once: true });
  if (request.signal.aborted) cancel();
  reading.catch(kill);

  let lost: unknown;
  const exit = await command.exited.catch((error: unknown) => {
    lost = error;
    kill();
  });
  unwatch();
  const duration_seconds = (performance.now() - command.started_at) / 1000;
  request.signal.removeEventListener('abort', cancel);
  await (killing ?? killLeftovers(tree, grace_seconds, reading));
  await drain([stdout, stderr], reading);
  if (!exit) throw lost;
  if (!cancelled && !ended_because && !exit.signal && !(await command.begun))
    throw sandboxProblem(request.command, tail.text());

  const file_limit = request.file_limit_bytes ?? FILE_LIMIT_BYTES;
  return {
    ...exit,
    cancelled,
    stdout: head.text(),
    stdout_truncated: stdout.bytes() > request.output_limit_bytes,
    stdout_bytes: stdout.bytes(),
    stderr_bytes: stderr.bytes(),
    stderr_tail: tail.text(),
    files_truncated: Math.max(stdout.bytes(), stderr.bytes()) > file_limit,
    ended_because,
    duration_seconds,
  };
}

function openStream(
  request: CommandRequest,
  stream: 'stdout' | 'stderr',
  command: StartedCommand,
  capture: Capture,
): OutputStream {
  return readOutput(command[stream], {
    file: stream === 'stdout' ? request.stdout_file : request.stderr_file,
    file_limit_bytes: request.file_limit_bytes ?? FILE_LIMIT_BYTES,
    write: (run) => retryOnShortage(request.patience_seconds ?? 0, run, request.signal),
    mask: request.mask.stream(),
    capture,
    lines: createLineSplitter((text) => request.on_line({ stream, text, at: new Date().toISOString() })),
  });
}

async function prepareFiles(request: CommandRequest): Promise<void> {
  const { artifacts_dir, context_file, stdout_file, stderr_file } = request;
  await rm(artifacts_dir, { recursive: true, force: true });
  const folders = new Set([artifacts_dir, ...[context_file, stdout_file, stderr_file].map(dirname)]);
  await Promise.all([...folders].map((folder) => mkdir(folder, { recursive: true })));
  await writeFile(context_file, JSON.stringify(request.context ?? null), { mode: 0o600 });
}

function neverStarted(): CommandResult {
  return {
    exit_code: null,
    signal: null,
    cancelled: true,
    stdout: '',
    stdout_truncated: false,
    stdout_bytes: 0,
    stderr_bytes: 0,
    stderr_tail: '',
    files_truncated: false,
    ended_because: null,
    duration_seconds: 0,
  };
}
