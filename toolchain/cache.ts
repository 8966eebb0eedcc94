import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Env, envText } from '../config/env.ts';

/** The per-user cache folder; what is fetched or built once lives there, so that clean checkouts need not. */
export function cacheFolder(env: Env = process.env): string {
  const xdg = envText('XDG_CACHE_HOME', env);
  // The XDG base directory specification says to ignore relative paths.
  const base = xdg && isAbsolute(xdg) ? xdg : join(env.HOME || homedir(), '.cache');
  return join(base, 'orchestrator');
}
