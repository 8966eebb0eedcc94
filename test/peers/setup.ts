import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { findPeerPackages } from '../../toolchain/peer-programs.ts';
import { findPythonTools } from '../../toolchain/python-tools.ts';
import { type RunResult, run } from '../../toolchain/run.ts';

/** Runs a program of the Python tools; skips the test where they can't be had. */
export async function python(
  context: TestContext,
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<RunResult> {
  const tools = await findPythonTools('peers', { onProgress: (line) => console.log(line) });
  if (tools.bin === undefined)
    return context.skip(`the Python tools are not to be had here: ${tools.reason}`);
  const env = { ...process.env, ...options.env, PATH: `${tools.bin}:${process.env.PATH}` };
  return await run(join(tools.bin, program), args, { env, cwd: options.cwd, timeoutSeconds: 300 });
}

/** Runs the program at `file` of an npm package of others; skips the test where these can't be had. */
export async function program(
  context: TestContext,
  name: string,
  file: string,
  args: readonly string[],
  options: { cwd: string },
): Promise<RunResult> {
  const found = await findPeerPackages('peers', { onProgress: (line) => console.log(line) });
  if (found.packages === undefined)
    return context.skip(`the programs of others are not to be had here: ${found.reason}`);
  const path = join(found.packages, name, file);
  return await run(process.execPath, [path, ...args], { cwd: options.cwd, timeoutSeconds: 300 });
}

/** What a program that has to end well printed. Throws with all of it where it did not. */
export function printed({ code, stdout, stderr }: RunResult): string {
  if (code !== 0)
    throw new Error(`it ended with ${code}\n${stdout.slice(-10_000)}\n${stderr.slice(-10_000)}`);
  return stdout;
}
