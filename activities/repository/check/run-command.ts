import { join } from 'node:path';
import { PATIENCE_SECONDS } from '../../../config/retry-on-shortage.ts';
import type { NetworkAccess } from '../../../contracts/sandbox.ts';
import type { Mask } from '../../../core/text/mask.ts';
import { CommandStartError, isPassing } from '../../command/errors.ts';
import { type OutputLine, runCommand } from '../../command/run.ts';
import { treeGuard } from '../../sandbox/task-guard.ts';
import type { RepositoryHostDeps } from '../host.ts';
import type { MirrorName } from '../mirror/mirror.ts';

/** What commands of a repository need besides. */
export interface RepositoryCommandDeps extends RepositoryHostDeps {
  mask: Mask;
  /** the most that they may reach; left out: what the sandbox lets them */
  network: { check?: NetworkAccess | undefined; setup?: NetworkAccess | undefined };
  /** of one run of the setup or the lock command */
  command_timeout_seconds: number;
  /** on this host, of all jobs */
  checks_at_once: number;
  /** a line that one of them printed; `about` as in `CheckInput`, or the task */
  on_line(line: OutputLine & { job_id: string; about: string }): void;
}

/** A command of a repository, to be run in a checkout. */
export interface RepositoryCommand {
  /** for the shell */
  command: string;
  /** absolute, the folder that it is started in */
  cwd: string;
  /** absolute, what it may change: `cwd` or a folder above it */
  tree: string;
  mirror: MirrorName;
  /** what it is for */
  as: 'check' | 'setup';
  /** absolute, where its traces are left; the same for a repetition, which ends what is still running of it */
  traces: string;
  job_id: string;
  about: string;
  timeout_seconds: number;
}

/** How it ended. */
export interface RepositoryRun {
  passed: boolean;
  timed_out: boolean;
  /** in words: `exit code 1`, `not done within 1800 s` */
  how: string;
  /** the last 4,000 characters that it printed */
  tail: string;
  /** what it printed on stdout and stderr, in the order that it came in, the first 20 MB; secrets are replaced */
  log_file: string;
  /** that are not there */
  left_out_bytes: number;
  seconds: number;
}

const TAIL_CHARS = 4000;
const LOG_BYTES = 20_000_000;

/**
 * Runs it to its end, or to the end of its time. Nothing of it outlives that.
 * @throws CommandOutputError; CommandStartError where that passes; whatever the signal was aborted with
 */
export async function runRepositoryCommand(
  deps: RepositoryCommandDeps,
  { command, cwd, tree, mirror, as, traces, job_id, about, timeout_seconds }: RepositoryCommand,
  signal: AbortSignal,
): Promise<RepositoryRun> {
  signal.throwIfAborted();
  const time = AbortSignal.timeout(timeout_seconds * 1000);
  const log_file = join(traces, 'output.log');
  const result = await runCommand({
    // one stream, or nobody could tell later what came first; that whose end is kept however much came before
    command: `exec >&2\n${command}`,
    cwd,
    guard: treeGuard(deps, tree, mirror, deps.network[as]),
    env: {},
    context: null,
    job_id,
    task_id: about,
    attempt: 1,
    mask: deps.mask,
    artifacts_dir: join(traces, 'artifacts'),
    context_file: join(traces, 'context.json'),
    stdout_file: join(traces, 'stdout.log'),
    stderr_file: log_file,
    output_limit_bytes: 0,
    file_limit_bytes: LOG_BYTES,
    patience_seconds: PATIENCE_SECONDS,
    on_line: (line) => deps.on_line({ ...line, job_id, about }),
    signal: AbortSignal.any([signal, time]),
  }).catch((error: unknown) => {
    // what passes on this machine says nothing of the work
    if (error instanceof CommandStartError && !isPassing(error)) return error;
    throw error;
  });
  signal.throwIfAborted();
  if (result instanceof CommandStartError) {
    const nothing = { tail: '', log_file, left_out_bytes: 0, seconds: 0 };
    return { passed: false, timed_out: false, how: result.message, ...nothing };
  }
  const { exit_code, stderr_bytes, stderr_tail, duration_seconds: seconds } = result;
  const timed_out = result.cancelled;
  const how = timed_out
    ? `not done within ${timeout_seconds} s`
    : result.ended_because
      ? result.ended_because
      : result.signal
        ? `ended by ${result.signal}`
        : `exit code ${exit_code}`;
  const passed = exit_code === 0 && !timed_out;
  const left_out_bytes = Math.max(0, stderr_bytes - LOG_BYTES);
  return { passed, timed_out, how, tail: stderr_tail.slice(-TAIL_CHARS), log_file, left_out_bytes, seconds };
}
