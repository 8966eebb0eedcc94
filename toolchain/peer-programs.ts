import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Env } from '../config/env.ts';
import { installOnce } from './install-once.ts';
import { lastLines, onPath, run } from './run.ts';

/**
 * Packages of others, by the folder here that has their lockfile: `peers` are programs that only `npm run test:peers` uses,
 * `frameworks` are what `npm run bench -- --peers` measures beside the service, `assistants` are the coding assistants that tests drive.
 */
export type PeerPackages = 'peers' | 'frameworks' | 'assistants';

/** Where the packages are (`node_modules`), or why there are none. */
export type FoundPackages = { packages: string } | { packages?: undefined; reason: string };

/**
 * Finds npm packages of others in the per-user cache, or installs them there, exactly as their lockfile says. They are not
 * in the main package.json: every `npm ci` would fetch about three hundred packages and 265 MB for two commands that few
 * run. Never throws for a machine that can't have them.
 */
export async function findPeerPackages(
  name: PeerPackages,
  options: { onProgress: (line: string) => void; env?: Env },
): Promise<FoundPackages> {
  const env = options.env ?? process.env;
  const npm = await onPath('npm', env);
  if (!npm) return { reason: 'npm is not installed' };
  const files = join(import.meta.dirname, name);
  const lock = join(files, 'package-lock.json');
  const found = await installOnce(`npm-${name}`, lock, { ...options, env }, async (folder) => {
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(files, file), join(folder, file));
    const ci = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    const installed = await run(npm, ci, { env, cwd: folder, timeoutSeconds: 480 });
    return installed.code === 0 ? undefined : `npm could not install them: ${lastLines(installed.stderr, 2)}`;
  });
  return found.folder === undefined ? found : { packages: join(found.folder, 'node_modules') };
}
