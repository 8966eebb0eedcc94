import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../cli/bin.ts');

/** How a command line ended. */
export interface Ended {
  exit: number | null;
  stdout: string;
  stderr: string;
}

/** A command line that runs. */
export interface RunningCli {
  process: ChildProcess;
  /** what stood on stdout so far */
  stdout(): string;
  stderr(): string;
  ended: Promise<Ended>;
}

export interface CliOptions {
  /** where the API is; without it nothing tells */
  url?: string;
  env?: Record<string, string>;
  stdin?: string;
  cwd?: string;
}

/** Starts the real command line as a process of its own, with nothing of our environment but PATH and HOME. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...(options.url ? { ORCHESTRATOR_URL: options.url } : {}),
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  child.stdin.on('error', () => {}); // it may end before it has read all
  child.stdin.end(options.stdin ?? '');
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit) => resolve({ exit, stdout, stderr }));
  });
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Runs the command line to its end. */
export const runCli = (args: readonly string[], options: CliOptions = {}): Promise<Ended> =>
  startCli(args, options).ended;

/** Runs it with `--json` and gives what it printed; throws when it did not end with 0. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into results of every shape
export async function jsonCli(args: readonly string[], options: CliOptions = {}): Promise<any> {
  const { exit, stdout, stderr } = await runCli([...args, '--json'], options);
  if (exit !== 0) throw new Error(`orchestrator ${args.join(' ')} ended with ${exit}:\n${stdout}${stderr}`);
  return JSON.parse(stdout);
}
