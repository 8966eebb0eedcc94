import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createMask } from '../../../core/text/mask.ts';
import { type Piped, spawnPiped } from '../../process/piped.ts';
import { killTree, RUN_ID_VARIABLE } from '../../process/process-tree.ts';
import { superviseRun } from '../../process/supervision.ts';
import { boxed, type GitBox, requireBox, type StartedCall } from './box.ts';
import { gitEnvironment } from './environment.ts';

/** How a call of git goes. */
export interface GitOptions {
  /** the folder that it is started in */
  cwd: string;
  signal: AbortSignal;
  /** variables of this call, for instance `GIT_DIR`; nothing of the worker's own gets in */
  env?: Record<string, string>;
  /** becomes stdin; left out: nothing. A stream that fails ends git, and its error is thrown */
  input?: string | Buffer | Readable;
  /** takes stdout as it comes, in the place of `stdout`: ended when git has ended well, else destroyed with the error */
  output?: Writable;
  /** after that it is killed; default 60 */
  timeout_seconds?: number;
  /** of stdout that is kept, default 64 MiB; more is an error, unless `cut` */
  limit_bytes?: number;
  /** git is ended at the limit, with code 0, and `truncated` says so */
  cut?: boolean;
  /** exit codes that are no error, default [0] */
  codes?: readonly number[];
  /** program in the place of git; its arguments are `args` */
  program?: string;
  /** what messages call it, default `git` with the subcommand */
  what?: string;
  /** it is confined to that, where the host has a sandbox; not together with a secret or a user */
  box?: GitBox;
  /** one line, at most 4,000 bytes, that a credential helper reads from descriptor 3, see remote/credentials.ts; `***` in stderr */
  secret?: string | undefined;
  /** whom it runs as, where this process may say so; default: this user */
  user?: { uid: number; gid: number } | undefined;
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
/** As often may a call of git ask for its secret; together they fit into a pipe, so that writing waits for nobody. */
const SECRET_READS = 8;

/**
 * Runs git once. It asks nobody anything, runs no hook, no fsmonitor and no filter that a repository names, and reads no
 * configuration but ours and that of the repository (environment.ts). Nothing of it outlives this process.
 * @throws GitError; BoxError; whatever the signal was aborted with
 */
export async function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { output } = options;
  try {
    const result = await run(args, options);
    output?.end();
    return result;
  } catch (error) {
    output?.destroy(error as Error);
    if (options.input instanceof Readable) options.input.destroy();
    throw error;
  }
}

async function run(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { signal, input, timeout_seconds = 60, limit_bytes = LIMIT_BYTES, codes = [0] } = options;
  signal.throwIfAborted();
  const supervised = superviseRun(GRACE_SECONDS, false);
  const time = AbortSignal.timeout(timeout_seconds * 1000);
  const end = AbortSignal.any([signal, time]);
  try {
    const child = await startGit(args, options, supervised.run_id);
    supervised.started(child);
    const kill = () => {
      void killTree({ groups: [child.pid], run_ids: [], marks: [] }, GRACE_SECONDS);
    };
    end.addEventListener('abort', kill, { once: true });
    if (end.aborted) kill();
    let broken: { error: unknown } | undefined;
    const fail = (error: unknown) => {
      broken ??= { error };
      kill();
    };
    if (input instanceof Readable) feed(input, child.stdin!, fail);
    else child.stdin?.end(input);
    if (options.output) pipeline(child.stdout, options.output, { end: false }).catch(fail);
    const chunks: Buffer[] = [];
    let bytes = 0;
    let truncated = false;
    const keep = (chunk: Buffer) => {
      const room = limit_bytes - bytes;
      bytes += chunk.length;
      if (room > 0) chunks.push(room < chunk.length ? chunk.subarray(0, room) : chunk);
      if (bytes > limit_bytes) truncated = true;
      if (truncated) kill();
    };
    if (!options.output) child.stdout.on('data', keep);
    let stderr = '';
    const masked = createMask(options.secret === undefined ? [] : [options.secret]).stream();
    const hear = (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_CHARS);
    };
    child.stderr.on('data', (chunk: Buffer) => hear(masked.push(chunk)));
    const { exit_code: code } = await child.closed.finally(() => end.removeEventListener('abort', kill));
    hear(masked.end());
    signal.throwIfAborted();
    if (broken) throw broken.error;
    if (code !== 0 && options.box) requireBox(options.box, stderr);
    const { what = `git ${subcommand(args)}` } = options;
    if (time.aborted) throw new GitError(`${what}: not done within ${timeout_seconds} s`, null, stderr);
    if (truncated && options.cut) return { code: 0, stdout: Buffer.concat(chunks), stderr, truncated };
    if (truncated) {
      throw new GitError(`${what}: it printed more than ${limit_bytes} bytes`, null, stderr);
    }
    if (code === null || !codes.includes(code)) {
      throw new GitError(
        `${what}: ${said(stderr) || (code === null ? 'it was killed' : `exit code ${code}`)}`,
        code,
        stderr,
      );
    }
    return { code, stdout: Buffer.concat(chunks), stderr, truncated };
  } finally {
    supervised.ended();
  }
}

/** As leader of a group of its own, so that ssh and the other side end with it. */
async function startGit(args: readonly string[], options: GitOptions, run_id: string): Promise<Piped> {
  const { program = 'git', cwd, env, user, input, secret, box } = options;
  const call = { program, args, cwd, env: { ...gitEnvironment(), ...env, [RUN_ID_VARIABLE]: run_id } };
  const start: StartedCall = box ? boxed(box, call) : { program: { ...call, user } };
  const third = start.options ?? (secret === undefined ? undefined : `${secret}\n`.repeat(SECRET_READS));
  try {
    const child = await spawnPiped(start.program, { stdin: input !== undefined, third: third !== undefined });
    child.third?.end(third);
    return child;
  } catch (error) {
    throw notStarted(error as Error);
  }
}

/** What git prints on stdout, without the line end. */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  return (await git(args, options)).stdout.toString('utf8').replace(/\n$/, '');
}

/** That the other side takes no more is no error: its exit code tells. */
function feed(input: Readable, stdin: Writable, fail: (error: unknown) => void): void {
  input.once('error', fail);
  stdin.once('close', () => input.destroy());
  input.pipe(stdin);
}

/** The first argument that is no option, nor the value of one. */
export function subcommand(args: readonly string[]): string {
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
