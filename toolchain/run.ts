import { type ExecFileException, execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Env } from '../config/env.ts';

/** How a program ended. */
export interface RunResult {
  /** Exit code; undefined when it could not be started, or was killed. */
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end; never throws for a failing one. `timeoutSeconds` kills it. */
export function run(
  program: string,
  args: readonly string[],
  options: { env?: Env; cwd?: string; timeoutSeconds?: number; signal?: AbortSignal } = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const settings = {
      env: { ...(options.env ?? process.env) },
      cwd: options.cwd,
      signal: options.signal,
      timeout: (options.timeoutSeconds ?? 0) * 1000,
      maxBuffer: 32 * 1024 * 1024,
    };
    execFile(program, [...args], settings, (error, stdout, stderr) => {
      resolve({ code: exitCode(error), stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

/** The first executable file of that name on PATH. */
export async function onPath(name: string, env: Env = process.env): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (!folder) continue;
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** True for a file this user may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** The last lines of what a program printed, for an error message. */
export function lastLines(text: string, count = 5): string {
  return text.trim().split('\n').slice(-count).join('\n');
}

function exitCode(error: ExecFileException | null): number | undefined {
  if (!error) return 0;
  return typeof error.code === 'number' ? error.code : undefined;
}
