import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Env } from '../config/env.ts';
import { lastLines, run } from './run.ts';
import { temporalProblem } from './temporal-check.ts';

/** The service the Temporal SDKs download their test servers from. */
export const DOWNLOAD_BASE = 'https://temporal.download';

/** Seconds until the service must have answered; it is unreachable where the open internet is. */
const ANSWER_SECONDS = 5;
const ARCHIVE_SECONDS = 300;

/**
 * Fetches the Temporal CLI the way the SDKs do (`GET /cli/<version>` names an archive and the file in it) and
 * puts it at `target` once it is seen to run. Throws an Error with the reason.
 */
export async function downloadTemporal(options: {
  version: string;
  target: string;
  base: string;
  env: Env;
}): Promise<void> {
  const { archiveUrl, fileToExtract } = await askForArchive(options.base, options.version);
  await mkdir(dirname(options.target), { recursive: true });
  const folder = await mkdtemp(`${options.target}.download-`);
  try {
    const archive = join(folder, 'archive.tar.gz');
    await fetchTo(archiveUrl, archive);
    const unpacked = await run('tar', ['-xzf', archive, '-C', folder, fileToExtract], { env: options.env });
    if (unpacked.code !== 0)
      throw new Error(`the archive can't be unpacked: ${lastLines(unpacked.stderr, 1)}`);
    const binary = join(folder, fileToExtract);
    await chmod(binary, 0o755);
    const problem = await temporalProblem(binary, options.env);
    if (problem) throw new Error(`the downloaded program can't be used: ${problem}`);
    await rename(binary, options.target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function askForArchive(
  base: string,
  version: string,
): Promise<{ archiveUrl: string; fileToExtract: string }> {
  const cpu = arch() === 'arm64' ? 'arm64' : 'amd64';
  const query = new URLSearchParams({ arch: cpu, platform: platform(), format: 'tar.gz' });
  const response = await fetch(`${base}/cli/v${version}?${query}`, {
    signal: AbortSignal.timeout(ANSWER_SECONDS * 1000),
  }).catch((error: unknown) => {
    throw new Error(`${new URL(base).host} can't be reached (${reasonOf(error)})`);
  });
  if (!response.ok) throw new Error(`${new URL(base).host} answered ${response.status}`);
  const body: unknown = await response.json().catch(() => undefined);
  if (!isArchive(body)) throw new Error(`${new URL(base).host} gave an answer that names no archive`);
  return body;
}

async function fetchTo(url: string, path: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ARCHIVE_SECONDS * 1000) });
  if (!response.ok || !response.body) throw new Error(`${new URL(url).host} answered ${response.status}`);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
}

function isArchive(body: unknown): body is { archiveUrl: string; fileToExtract: string } {
  if (typeof body !== 'object' || body === null) return false;
  const { archiveUrl, fileToExtract } = body as Record<string, unknown>;
  return (
    typeof archiveUrl === 'string' && typeof fileToExtract === 'string' && !fileToExtract.startsWith('/')
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
