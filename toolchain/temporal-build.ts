import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Env } from '../config/env.ts';
import { lastLines, onPath, run } from './run.ts';

/** From this release on Go fetches the newer toolchain that go.mod asks for. */
const OLDEST_GO = [1, 21] as const;

const PROGRESS_EVERY_SECONDS = 20;

/**
 * Builds the Temporal CLI pinned by the go.mod in `source` and puts it at `target` in one step, so that nobody
 * sees half a file. Throws an Error with the reason; the caller makes sure that only one process builds.
 */
export async function buildTemporal(options: {
  version: string;
  source: string;
  target: string;
  env: Env;
  onProgress: (line: string) => void;
  signal?: AbortSignal;
}): Promise<void> {
  const { target, env } = options;
  const go = await findGo(env);
  await mkdir(dirname(target), { recursive: true });
  const unfinished = `${target}.build-${process.pid}`;
  const what = `building Temporal ${options.version} with Go, about 4 minutes the first time`;
  const stopTelling = tellEvery(what, options.onProgress);
  try {
    const built = await run(
      go,
      ['build', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, 'github.com/temporalio/cli/cmd/temporal'],
      {
        cwd: options.source,
        env: { ...env, CGO_ENABLED: '0', GOTOOLCHAIN: env.GOTOOLCHAIN || 'auto' },
        signal: options.signal,
      },
    );
    if (built.code !== 0) throw new Error(`go build failed:\n${lastLines(built.stderr)}`);
    await chmod(unfinished, 0o755);
    await rename(unfinished, target);
  } finally {
    stopTelling();
    await rm(unfinished, { force: true });
  }
}

async function findGo(env: Env): Promise<string> {
  const go = await onPath('go', env);
  if (!go) throw new Error('Go is not installed');
  // GOTOOLCHAIN=local shows the installed release, and fetches no other.
  const version = await run(go, ['version'], { env: { ...env, GOTOOLCHAIN: 'local' }, timeoutSeconds: 20 });
  const found = /go(\d+)\.(\d+)/.exec(version.stdout);
  if (version.code !== 0 || !found) throw new Error(`${go} does not run`);
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1]))
    throw new Error(`Go ${major}.${minor} is older than ${OLDEST_GO.join('.')}`);
  return go;
}

function tellEvery(what: string, onProgress: (line: string) => void): () => void {
  const started = Date.now();
  onProgress(`${what} ...`);
  const timer = setInterval(() => {
    onProgress(`${what} ... ${Math.round((Date.now() - started) / 1000)} s`);
  }, PROGRESS_EVERY_SECONDS * 1000);
  return () => clearInterval(timer);
}
