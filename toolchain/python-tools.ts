import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Env } from '../config/env.ts';
import { cacheFolder } from './cache.ts';
import { waitForLock } from './file-lock.ts';
import { lastLines, onPath, run } from './run.ts';

/**
 * Programs and libraries of Python that tests use, by the file in `toolchain/python` that has their exact versions:
 * `schemathesis` (https://schemathesis.readthedocs.io); `peers` is clients of others: openapi-python-client, mcp,
 * standardwebhooks.
 */
export type PythonTools = 'schemathesis' | 'peers';

/** Where the programs of a virtual environment are, `python` among them, or why there is none. */
export type FoundTools = { bin: string } | { bin?: undefined; reason: string };

/** Says that the environment beside it is whole. */
const DONE = 'installed';

/**
 * Finds the tools in a virtual environment of the per-user cache, or makes that with pip from PyPI, about half a
 * minute. Never throws for a machine that can't have them.
 */
export async function findPythonTools(
  name: PythonTools,
  options: { onProgress: (line: string) => void; env?: Env },
): Promise<FoundTools> {
  const env = options.env ?? process.env;
  const python = await onPath('python3', env);
  if (!python) return { reason: 'python3 is not installed' };
  const requirements = join(import.meta.dirname, 'python', `${name}.txt`);
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(env), `${name}-${wanted}`);
  const bin = join(folder, 'bin');
  const isThere = () => existsSync(join(folder, DONE));
  if (isThere()) return { bin };

  const lock = await waitForLock(`${folder}.lock`, () =>
    options.onProgress(`another process is installing ${name}; waiting for it`),
  );
  try {
    if (isThere()) return { bin };
    options.onProgress(`installing ${name} with pip, about half a minute`);
    const problem = await installInto(folder, requirements, python, env);
    return problem ? { reason: problem } : { bin };
  } finally {
    lock.release();
  }
}

/** An environment can't be moved: it is made where it stays, and counts once it is whole. */
async function installInto(
  folder: string,
  requirements: string,
  python: string,
  env: Env,
): Promise<string | undefined> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  const made = await run(python, ['-m', 'venv', folder], { env, timeoutSeconds: 120 });
  if (made.code !== 0) {
    await rm(folder, { recursive: true, force: true });
    return `python3 can't make a virtual environment (Debian: apt-get install python3-venv): ${lastLines(made.stdout || made.stderr, 2)}`;
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  const installed = await run(join(folder, 'bin', 'python'), pip, { env, timeoutSeconds: 480 });
  if (installed.code !== 0) return `pip could not install it: ${lastLines(installed.stderr, 2)}`;
  await writeFile(join(folder, DONE), '');
  return undefined;
}
