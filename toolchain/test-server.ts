import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Env } from '../config/env.ts';
import { cacheFolder } from './cache.ts';
import { waitForLock } from './file-lock.ts';
import { isExecutable, lastLines, onPath, run } from './run.ts';

/** The time-skipping test server as one executable that takes a port, or why there is none. */
export type TestServer = { path: string } | { path?: undefined; reason: string };

const POM = join(import.meta.dirname, 'test-server', 'pom.xml');

/**
 * Finds Temporal's time-skipping test server (a Java program from Maven Central) in the per-user cache, or
 * fetches it with Maven, about 20 seconds. Never throws for a machine that can't have it.
 */
export async function findTestServer(options: {
  onProgress: (line: string) => void;
  env?: Env;
}): Promise<TestServer> {
  const env = options.env ?? process.env;
  if (!(await onPath('java', env))) return { reason: 'java is not installed' };
  const folder = join(cacheFolder(env), `test-server-${pinnedVersion()}`);
  const path = join(folder, 'temporal-test-server');
  if (await isExecutable(path)) return { path };
  const mvn = await onPath('mvn', env);
  if (!mvn) return { reason: 'mvn is not installed' };

  const lock = await waitForLock(`${folder}.lock`, () =>
    options.onProgress('another process is fetching the Temporal test server; waiting for it'),
  );
  try {
    if (await isExecutable(path)) return { path };
    options.onProgress('fetching the time-skipping Temporal test server with Maven, about 20 seconds');
    const problem = await fetchInto(folder, mvn, env);
    return problem ? { reason: problem } : { path };
  } finally {
    lock.release();
  }
}

async function fetchInto(folder: string, mvn: string, env: Env): Promise<string | undefined> {
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.fetch-`);
  try {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime'];
    const output = `-DoutputDirectory=${join(unfinished, 'lib')}`;
    const fetched = await run(mvn, ['-B', '-q', '-f', POM, ...goal, output], { env, timeoutSeconds: 300 });
    if (fetched.code !== 0)
      return `mvn could not fetch it: ${lastLines(fetched.stdout || fetched.stderr, 2)}`;
    await writeFile(join(unfinished, 'temporal-test-server'), WRAPPER, { mode: 0o755 });
    if (existsSync(folder)) await rm(folder, { recursive: true });
    await rename(unfinished, folder);
    return undefined;
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** The SDK gives the port only and waits 5 seconds: the flags halve the start, exec lets its signals through. */
const WRAPPER = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;

function pinnedVersion(): string {
  const found = /temporal-test-server<\/artifactId>\s*<version>([^<]+)</.exec(readFileSync(POM, 'utf8'));
  if (!found?.[1]) throw new Error(`${POM} does not name a version of temporal-test-server`);
  return found[1];
}
