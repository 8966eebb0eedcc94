import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, type ResultPromise } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_ERROR_EXIT } from '../../runtime/lifeline.ts';
import { freePort } from '../../runtime/ports.ts';
import { until } from '../setup/until.ts';

const MAIN = join(import.meta.dirname, '../../api/main.ts');
let folder: string;
let port: number;
let api: ResultPromise;

async function run(env: Record<string, string>) {
  const defaults = {
    ORCHESTRATOR_DATA_DIR: folder,
    // nobody there: the API starts all the same
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort('127.0.0.1')}`,
    TEMPORAL_UI_URL: '',
    DATABASE_URL: '',
    REDIS_URL: '',
    LOG_LEVEL: 'info',
  };
  return { process: execa(process.execPath, [MAIN], { env: { ...defaults, ...env }, reject: false }) };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-api-process-'));
  port = await freePort('127.0.0.1');
  api = (await run({ PORT: String(port), HOST: '127.0.0.1' })).process;
  const up = until(async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok, {
    what: 'the API to answer',
  });
  const ended = api.then(({ stderr }) => Promise.reject(new Error(`the API ended: ${stderr}`)));
  // it ends with the last test, when nobody waits for this any more
  ended.catch(() => {});
  await Promise.race([up, ended]);
});
afterAll(async () => {
  api.kill('SIGKILL');
  await api;
  await rm(folder, { recursive: true, force: true });
});

/** What the server answers to raw bytes. */
async function send(bytes: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (data) => (answer += data));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('it logs JSON lines in the data folder', async () => {
  const lines = (await readFile(join(folder, 'logs/orchestrator.log'), 'utf8')).trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line));
  expect(entries).toContainEqual(
    expect.objectContaining({ level: 'info', component: 'api', url: `http://127.0.0.1:${port}` }),
  );
});

test.each([
  'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
  'GET //nothing/here HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET http://[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: \x00\r\n\r\n',
  'nonsense\r\n\r\n',
  'POST /orchestrate/submit HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 999999999\r\nConnection: close\r\n\r\n{',
  'POST /orchestrate/submit HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\nConnection: close\r\n\r\n',
])('%.60j gets a 4xx', async (bytes) => {
  expect(await send(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
});

test('it refuses to let everybody in, and a port that is taken', async () => {
  const open = await (await run({ HOST: '0.0.0.0', PORT: '0', ORCHESTRATOR_DATA_DIR: join(folder, 'other') }))
    .process;
  expect(open.exitCode).toBe(CONFIG_ERROR_EXIT);
  expect(open.stderr).toContain('orchestrator keys create');
  expect(open.stderr).not.toContain('    at ');
  const taken = await (
    await run({ PORT: String(port), HOST: '127.0.0.1', ORCHESTRATOR_DATA_DIR: join(folder, 'third') })
  ).process;
  expect(taken.exitCode).toBe(1);
  expect(taken.stderr).toContain('in use');
});

test('it ends on SIGTERM, whoever still listens', async () => {
  const stream = await fetch(`http://127.0.0.1:${port}/events`);
  api.kill('SIGTERM');
  const { exitCode } = await api;
  expect(exitCode).toBe(0);
  await stream.text();
});
