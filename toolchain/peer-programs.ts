import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Env } from '../config/env.ts';
import { installOnce } from './install-once.ts';
import { lastLines, onPath, run } from './run.ts';

const FILES = join(import.meta.dirname, 'peers');

/** Where the packages are (`node_modules`), or why there are none. */
export type FoundPackages = { packages: string } | { packages?: undefined; reason: string };

/**
 * Finds the npm packages of `toolchain/peers`, programs of others that only `npm run test:peers` uses, in the per-user
 * cache, or installs them there, exactly as their lockfile says. They are not in the main package.json: every `npm ci`
 * would fetch about a hundred packages and 65 MB for one command that few run. Never throws for a machine that can't have
 * them.
 */
export async function findPeerPackages(options: {
  onProgress: (line: string) => void;
  env?: Env;
}): Promise<FoundPackages> {
  const env = options.env ?? process.env;
  const npm = await onPath('npm', env);
  if (!npm) return { reason: 'npm is not installed' };
  const lock = join(FILES, 'package-lock.json');
  const found = await installOnce('peer-packages', lock, { ...options, env }, async (folder) => {
    for (const file of ['package.json', 'package-lock.json'])
      await copyFile(join(FILES, file), join(folder, file));
    const ci = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    const installed = await run(npm, ci, { env, cwd: folder, timeoutSeconds: 480 });
    return installed.code === 0 ? undefined : `npm could not install them: ${lastLines(installed.stderr, 2)}`;
  });
  return found.folder === undefined ? found : { packages: join(found.folder, 'node_modules') };
}
