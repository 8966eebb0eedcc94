import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../runtime/ports.ts';
import { cachedTemporal, findTemporal } from '../../toolchain/temporal.ts';
import { type FakeMachine, fakeMachine, temporalScript } from './fake-machine.ts';

let machine: FakeMachine;
let lines: string[];
let nobody: string;

beforeEach(async () => {
  machine = await fakeMachine();
  lines = [];
  nobody = `http://127.0.0.1:${await freePort('127.0.0.1')}`;
});
afterEach(() => machine.remove());

const find = (downloadBase = nobody) =>
  findTemporal({ env: machine.env, onProgress: (line) => lines.push(line), downloadBase });

async function fillCache(script = temporalScript()): Promise<string> {
  const path = cachedTemporal(machine.env);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, script, { mode: 0o755 });
  return path;
}

/** Stands for Go: "builds" by copying a script, and notes each build with where and how it was asked for. */
async function installGo(version = 'go1.26.8'): Promise<string> {
  const builds = join(machine.folder, 'builds');
  await writeFile(join(machine.folder, 'built'), temporalScript());
  await machine.install(
    'go',
    `#!/bin/sh
if [ "$1" = version ]; then echo "go version ${version} linux/amd64"; exit 0; fi
echo "$CGO_ENABLED $GOTOOLCHAIN $PWD" >> ${builds}
while [ "$1" != -o ]; do shift; done
sleep 0.3
cp ${join(machine.folder, 'built')} "$2"
`,
  );
  return builds;
}

describe('finding a Temporal server', () => {
  it('takes the one on PATH before the cached one', async () => {
    await fillCache();
    const path = await machine.install('temporal', temporalScript());
    expect(await find()).toEqual({ path, how: 'path' });
    expect(lines).toEqual([]);
  });

  it.each([
    ['does not run', '#!/bin/sh\nexit 1\n', 'it does not run'],
    ['lacks a needed flag', temporalScript({ flags: '--db-filename' }), 'has no --dynamic-config-value'],
    ['is too old', temporalScript({ server: '1.20.0' }), 'its server 1.20 is older than 1.28'],
  ])('passes over one on PATH that %s, and says why', async (_what, script, reason) => {
    const cached = await fillCache();
    await machine.install('temporal', script);
    expect(await find()).toEqual({ path: cached, how: 'cache' });
    expect(lines.join()).toContain(reason);
  });

  it('keeps the cache in XDG_CACHE_HOME when that is set, by version', () => {
    expect(cachedTemporal({ ...machine.env, XDG_CACHE_HOME: '/cache' })).toBe(
      '/cache/orchestrator/temporal-1.8.2/temporal',
    );
    expect(cachedTemporal(machine.env)).toBe(
      join(machine.folder, '.cache/orchestrator/temporal-1.8.2/temporal'),
    );
  });

  it('downloads into the cache before it builds', async () => {
    const builds = await installGo();
    const { server, base, asked } = await serveDownload(machine.folder);
    try {
      const path = cachedTemporal(machine.env);
      expect(await find(base)).toEqual({ path, how: 'download' });
      expect(asked[0]).toMatch(/^\/cli\/v1\.8\.2\?arch=(amd64|arm64)&platform=\w+&format=tar\.gz$/);
      expect(existsSync(builds)).toBe(false);
      expect(await find(base)).toEqual({ path, how: 'cache' });
      expect(asked).toHaveLength(2);
    } finally {
      server.close();
    }
  });

  it('builds what can not be downloaded, saying how long it takes', async () => {
    const builds = await installGo();
    expect(await find()).toEqual({ path: cachedTemporal(machine.env), how: 'build' });
    expect(await readFile(builds, 'utf8')).toMatch(/^0 auto .*\/toolchain\/temporal\n$/);
    expect(lines.some((line) => /no download: .* can't be reached/.test(line))).toBe(true);
    expect(lines.at(-1)).toMatch(/building Temporal 1\.8\.2 with Go, about 4 minutes the first time/);
  });

  it('replaces a cached one that does not run', async () => {
    await installGo();
    await fillCache('half a file');
    expect((await find()).how).toBe('build');
  });

  it('builds once when two look at the same time', async () => {
    const builds = await installGo();
    const found = await Promise.all([find(), find()]);
    expect(found.map(({ how }) => how).sort()).toEqual(['build', 'cache']);
    expect((await readFile(builds, 'utf8')).trim().split('\n')).toHaveLength(1);
    expect(lines.join('\n')).toContain('another process is fetching or building Temporal');
  });

  it.each([
    ['Go is missing', async () => {}, 'Go is not installed'],
    ['Go is too old', () => installGo('go1.19.8'), 'Go 1.19 is older than 1.21'],
    [
      'the build fails',
      () =>
        machine.install(
          'go',
          '#!/bin/sh\n[ "$1" = version ] && echo go1.26.0 && exit\necho no proxy >&2\nexit 1\n',
        ),
      'no proxy',
    ],
  ])('names every choice when %s', async (_what, prepare, reason) => {
    await prepare();
    const error = await find().catch((problem: Error) => problem);
    expect(error).toMatchObject({ name: 'NoTemporalError' });
    const message = (error as Error).message;
    for (const choice of ['on PATH', 'TEMPORAL_ADDRESS', 'temporal.download', 'Go 1.21 or newer', reason])
      expect(message).toContain(choice);
  });
});

/** Answers like temporal.download: first where the archive is, then the archive. */
async function serveDownload(folder: string): Promise<{ server: Server; base: string; asked: string[] }> {
  await writeFile(join(folder, 'temporal'), temporalScript(), { mode: 0o755 });
  const archive = join(folder, 'cli.tar.gz');
  await promisify(execFile)('tar', ['-czf', archive, '-C', folder, 'temporal']);
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(request.url ?? '');
    const base = `http://${request.headers.host}`;
    if (request.url === '/cli.tar.gz') response.end(await readFile(archive));
    else response.end(JSON.stringify({ archiveUrl: `${base}/cli.tar.gz`, fileToExtract: 'temporal' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
