import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Env } from '../config/env.ts';
import { cacheFolder } from './cache.ts';
import { waitForLock } from './file-lock.ts';
import { isExecutable, lastLines, onPath, run } from './run.ts';

/** The program `schemathesis` (https://schemathesis.readthedocs.io), or why there is none. */
export type Schemathesis = { path: string } | { path?: undefined; reason: string };

const REQUIREMENTS = join(import.meta.dirname, 'schemathesis', 'requirements.txt');

/** Says that the environment beside it is whole. */
const DONE = 'installed';

/**
 * Finds schemathesis in a virtual environment of the per-user cache, or makes that with pip from PyPI, about half a
 * minute. Never throws for a machine that can't have it.
 */
export async function findSchemathesis(options: {
  onProgress: (line: string) => void;
  env?: Env;
}): Promise<Schemathesis> {
  const env = options.env ?? process.env;
  const python = await onPath('python3', env);
  if (!python) return { reason: 'python3 is not installed' };
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(cacheFolder(env), `schemathesis-${wanted}`);
  const path = join(folder, 'bin', 'schemathesis');
  const isThere = async () => existsSync(join(folder, DONE)) && (await isExecutable(path));
  if (await isThere()) return { path };

  const lock = await waitForLock(`${folder}.lock`, () =>
    options.onProgress('another process is installing schemathesis; waiting for it'),
  );
  try {
    if (await isThere()) return { path };
    options.onProgress('installing schemathesis with pip, about half a minute');
    const problem = await installInto(folder, python, env);
    return problem ? { reason: problem } : { path };
  } finally {
    lock.release();
  }
}

/** An environment can't be moved: it is made where it stays, and counts once it is whole. */
async function installInto(folder: string, python: string, env: Env): Promise<string | undefined> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  const made = await run(python, ['-m', 'venv', folder], { env, timeoutSeconds: 120 });
  if (made.code !== 0) {
    await rm(folder, { recursive: true, force: true });
    return `python3 can't make a virtual environment (Debian: apt-get install python3-venv): ${lastLines(made.stdout || made.stderr, 2)}`;
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
  const installed = await run(join(folder, 'bin', 'python'), pip, { env, timeoutSeconds: 480 });
  if (installed.code !== 0) return `pip could not install it: ${lastLines(installed.stderr, 2)}`;
  await writeFile(join(folder, DONE), '');
  return undefined;
}
