import { spawn } from 'node:child_process';
import { killTree } from '../../command/process-tree.ts';
import { superviseRun } from '../../command/supervision.ts';
import { gitEnvironment } from './environment.ts';

/** How a call of git goes. */
export interface GitOptions {
  /** the folder that it is started in */
  cwd: string;
  signal: AbortSignal;
  /** variables of this call, for instance `GIT_DIR`; nothing of the worker's own gets in */
  env?: Record<string, string>;
  /** becomes stdin; left out: nothing */
  input?: string | Buffer;
  /** after that it is killed; default 60 */
  timeout_seconds?: number;
  /** of stdout that is kept, default 64 MiB; more is an error, unless `cut` */
  limit_bytes?: number;
  /** what is beyond the limit is dropped, the call is ended there, and `truncated` says so */
  cut?: boolean;
  /** exit codes that are no error, default [0] */
  codes?: readonly number[];
  /** program in the place of git; its arguments are `args` */
  program?: string;
}

export interface GitResult {
  code: number;
  stdout: Buffer;
  /** the last 4,000 characters */
  stderr: string;
  truncated: boolean;
}

/** A call of git that failed. `message` says what git said, without paths of ours at its head. */
export class GitError extends Error {
  override name = 'GitError';
  readonly code: number | null;
  readonly stderr: string;
  constructor(message: string, code: number | null, stderr: string) {
    super(message);
    this.code = code;
    this.stderr = stderr;
  }
}

const LIMIT_BYTES = 64 * 1024 ** 2;
const STDERR_CHARS = 4000;
const GRACE_SECONDS = 2;

/**
 * Runs git once. It asks nobody anything, runs no hook, no fsmonitor and no filter that a repository names, and reads no
 * configuration but ours and that of the repository (environment.ts). Nothing of it outlives this process.
 * @throws GitError; whatever the signal was aborted with
 */
export async function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { signal, input, timeout_seconds = 60, limit_bytes = LIMIT_BYTES, codes = [0] } = options;
  signal.throwIfAborted();
  const run = superviseRun(GRACE_SECONDS, false);
  const time = AbortSignal.timeout(timeout_seconds * 1000);
  const end = AbortSignal.any([signal, time]);
  try {
    const child = spawn(options.program ?? 'git', args, {
      cwd: options.cwd,
      env: { ...gitEnvironment(), ...options.env, ORCHESTRATOR_RUN_ID: run.run_id },
      // a group of its own, so that ssh and the other side end with it
      detached: true,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    if (child.pid) run.started(child.pid);
    const kill = () => {
      if (child.pid) void killTree({ groups: [child.pid], run_ids: [], marks: [] }, GRACE_SECONDS);
    };
    end.addEventListener('abort', kill, { once: true });
    if (end.aborted) kill();
    child.stdin?.on('error', () => undefined); // it ended without reading it all; its exit code tells
    child.stdin?.end(input);
    const chunks: Buffer[] = [];
    let bytes = 0;
    let truncated = false;
    child.stdout?.on('data', (chunk: Buffer) => {
      const room = limit_bytes - bytes;
      bytes += chunk.length;
      if (room > 0) chunks.push(room < chunk.length ? chunk.subarray(0, room) : chunk);
      // also where the rest is not wanted: a tree can list itself without end
      if (bytes > limit_bytes && !truncated) {
        truncated = true;
        kill();
      }
    });
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_CHARS);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (error) => reject(notStarted(error)));
      child.once('close', (exit) => resolve(exit));
    }).finally(() => end.removeEventListener('abort', kill));
    signal.throwIfAborted();
    const what = `git ${subcommand(args)}`;
    if (time.aborted) throw new GitError(`${what}: not done within ${timeout_seconds} s`, null, stderr);
    if (truncated && !options.cut) {
      throw new GitError(`${what}: it printed more than ${limit_bytes} bytes`, null, stderr);
    }
    if (truncated) return { code: code ?? 0, stdout: Buffer.concat(chunks), stderr, truncated };
    if (code === null || !codes.includes(code)) {
      throw new GitError(`${what}: ${said(stderr) || `exit code ${code}`}`, code, stderr);
    }
    return { code, stdout: Buffer.concat(chunks), stderr, truncated };
  } finally {
    run.ended();
  }
}

/** What git prints on stdout, without the line end. */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  return (await git(args, options)).stdout.toString('utf8').replace(/\n$/, '');
}

/** The first argument that is no option, nor the value of one. */
function subcommand(args: readonly string[]): string {
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at]!;
    if (argument === '-c' || argument === '-C') at += 1;
    else if (!argument.startsWith('-')) return argument;
  }
  return '';
}

const said = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => /^(fatal|error|remote|hint: Updates|!|ssh|ERROR)/i.test(line.trim()))
    .join('; ')
    .replace(/\b(fatal|error): /g, '')
    .slice(0, 1000);

function notStarted(error: Error): GitError {
  const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return new GitError(missing ? 'git is not installed on this host' : error.message, null, '');
}
