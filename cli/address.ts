import { dataDir } from '../config/data-dir.ts';
import { type Env, envIsSet, envString } from '../config/env.ts';
import { readAddresses } from '../runtime/addresses.ts';
import { usageError } from './exit.ts';

const DEFAULT_URL = 'http://127.0.0.1:8080';

/**
 * Where the API is: what was given, else ORCHESTRATOR_URL, else what the launcher of the data folder wrote, else the
 * default port of this machine. Throws a usage error for what is no HTTP address.
 */
export function apiUrl(
  given: { url?: string; data_dir?: string },
  env: Env = process.env,
): { url: string; from: string } {
  if (given.url !== undefined) return { url: httpUrl(given.url, '--url'), from: '--url' };
  if (envIsSet('ORCHESTRATOR_URL', env)) {
    const name = 'ORCHESTRATOR_URL';
    return { url: httpUrl(envString(name, env), name), from: name };
  }
  const dir = dataDir(given.data_dir, env);
  const written = readAddresses(dir);
  if (written) return { url: written.api_url, from: dir.addresses };
  return { url: DEFAULT_URL, from: 'the default' };
}

function httpUrl(text: string, name: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return text;
  throw usageError(
    `${name} must be an http or https address, for instance ${DEFAULT_URL}, but is "${text}".`,
  );
}
