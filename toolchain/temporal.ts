import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../config/env.ts';
import { cacheFolder } from './cache.ts';
import { waitForLock } from './file-lock.ts';
import { isExecutable, onPath } from './run.ts';
import { buildTemporal } from './temporal-build.ts';
import { temporalProblem } from './temporal-check.ts';
import { DOWNLOAD_BASE, downloadTemporal } from './temporal-download.ts';

/** A Temporal CLI that runs a development server. */
export interface TemporalBinary {
  path: string;
  how: 'path' | 'cache' | 'download' | 'build';
}

export interface FindTemporalOptions {
  /** Takes a line for a person whenever something is tried that may take a while, or is passed over. */
  onProgress: (line: string) => void;
  env?: Env;
  /** Stops a running build. */
  signal?: AbortSignal;
  downloadBase?: string;
  /** Folder of the go.mod that pins the version. */
  source?: string;
}

/** None was found and none could be made; the message names every choice. */
export class NoTemporalError extends Error {
  override readonly name = 'NoTemporalError';
}

const SOURCE = join(import.meta.dirname, 'temporal');

/**
 * Finds the Temporal server: on PATH, in the per-user cache, by download, by a Go build, in this order; the last
 * two fill the cache, and one process at a time does so. Throws {@link NoTemporalError}.
 */
export async function findTemporal(options: FindTemporalOptions): Promise<TemporalBinary> {
  const env = options.env ?? process.env;
  const installed = await fromPath(env, options.onProgress);
  if (installed) return { path: installed, how: 'path' };

  const cached = cachedTemporal(env, options.source);
  if (await isUsable(cached, env)) return { path: cached, how: 'cache' };

  const lock = await waitForLock(`${cached}.lock`, () =>
    options.onProgress('another process is fetching or building Temporal; waiting for it'),
  );
  try {
    if (await isUsable(cached, env)) return { path: cached, how: 'cache' };
    return { path: cached, how: await fetchOrBuild(cached, env, options) };
  } finally {
    lock.release();
  }
}

/** Where the pinned version is cached, whether it is there or not. */
export function cachedTemporal(env: Env = process.env, source = SOURCE): string {
  return join(cacheFolder(env), `temporal-${pinnedVersion(source)}`, 'temporal');
}

async function fromPath(env: Env, onProgress: (line: string) => void): Promise<string | undefined> {
  const path = await onPath('temporal', env);
  if (!path) return undefined;
  const problem = await temporalProblem(path, env);
  if (!problem) return path;
  onProgress(`passing over ${path}: ${problem}`);
  return undefined;
}

async function isUsable(path: string, env: Env): Promise<boolean> {
  return (await isExecutable(path)) && (await temporalProblem(path, env)) === undefined;
}

async function fetchOrBuild(
  target: string,
  env: Env,
  options: FindTemporalOptions,
): Promise<'download' | 'build'> {
  const source = options.source ?? SOURCE;
  const version = pinnedVersion(source);
  const base = options.downloadBase ?? DOWNLOAD_BASE;
  const reasons: string[] = [];
  try {
    options.onProgress(`downloading Temporal ${version} from ${new URL(base).host}, usually under a minute`);
    await downloadTemporal({ version, target, base, env });
    return 'download';
  } catch (error) {
    reasons.push(`download: ${messageOf(error)}`);
    options.onProgress(`no download: ${messageOf(error)}`);
  }
  try {
    const { onProgress, signal } = options;
    await buildTemporal({ version, source, target, env, onProgress, signal });
    return 'build';
  } catch (error) {
    reasons.push(`build: ${messageOf(error)}`);
  }
  throw new NoTemporalError(noTemporal(reasons));
}

function noTemporal(reasons: string[]): string {
  return [
    'No Temporal server was found, and none could be made. Choose one:',
    '  - install the Temporal CLI, so that `temporal` is on PATH (https://docs.temporal.io/cli)',
    '  - set TEMPORAL_ADDRESS to the host:port of a running Temporal server',
    '  - let this machine reach temporal.download',
    '  - install Go 1.21 or newer (https://go.dev/dl), to build it in about 4 minutes',
    'What was tried:',
    ...reasons.map((reason) => `  - ${reason.replaceAll('\n', '\n    ')}`),
  ].join('\n');
}

function pinnedVersion(source: string): string {
  const found = /github\.com\/temporalio\/cli v(\S+)/.exec(readFileSync(join(source, 'go.mod'), 'utf8'));
  if (!found?.[1]) throw new Error(`${source}/go.mod does not name github.com/temporalio/cli`);
  return found[1];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
