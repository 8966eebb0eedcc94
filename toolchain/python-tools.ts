import { join } from 'node:path';
import type { Env } from '../config/env.ts';
import { installOnce } from './install-once.ts';
import { lastLines, onPath, run } from './run.ts';

/**
 * Programs and libraries of Python that tests use, by the file in `toolchain/python` that has their exact versions:
 * `schemathesis` (https://schemathesis.readthedocs.io); `peers` is clients of others: openapi-python-client, mcp,
 * standardwebhooks.
 */
export type PythonTools = 'schemathesis' | 'peers';

/** Where the programs of a virtual environment are, `python` among them, or why there is none. */
export type FoundTools = { bin: string } | { bin?: undefined; reason: string };

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
  const found = await installOnce(name, requirements, { ...options, env }, (folder) =>
    installInto(folder, requirements, python, env),
  );
  return found.folder === undefined ? found : { bin: join(found.folder, 'bin') };
}

/** An environment can't be moved: it is made where it stays. */
async function installInto(
  folder: string,
  requirements: string,
  python: string,
  env: Env,
): Promise<string | undefined> {
  const made = await run(python, ['-m', 'venv', folder], { env, timeoutSeconds: 120 });
  if (made.code !== 0)
    return `python3 can't make a virtual environment (Debian: apt-get install python3-venv): ${lastLines(made.stdout || made.stderr, 2)}`;
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  const installed = await run(join(folder, 'bin', 'python'), pip, { env, timeoutSeconds: 480 });
  return installed.code === 0 ? undefined : `pip could not install it: ${lastLines(installed.stderr, 2)}`;
}
