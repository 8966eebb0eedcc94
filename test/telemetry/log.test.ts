import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { traceIdOf } from '../../telemetry/ids.ts';
import { createLog } from '../../telemetry/log/log.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-logs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a line about a job has the id of its trace, and no secret wherever it stands', async () => {
  const file = join(folder, 'one.log');
  const terminal = new PassThrough();
  const env = {
    LOG_LEVEL: 'info',
    ANTHROPIC_API_KEY: 'the-key-of-anthropic',
    ORCHESTRATOR_SECRET_DEPLOY: 'hunter2"quoted',
    DATABASE_URL: 'postgres://user:pass-word@db/x',
  };
  const log = createLog({ component: 'worker', file, terminal }, env);
  const deep = {
    request: { headers: { 'x-api-key': 'k-1', Authorization: 'Basic abc' }, body: { token: 't-1' } },
  };
  log.child({ job_id: 'j1' }).info({ task_id: 'a', deep }, 'sent the-key-of-anthropic with Bearer abc.def');
  log.warn(
    { job_id: 'j1', err: new Error('hunter2"quoted, pass-word and sk-ant-api03-0123456789') },
    'failed',
  );
  log.info('the keyword of anthropic');

  const text = await readFile(file, 'utf8');
  const [first, second, third] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ job_id: 'j1', task_id: 'a', trace_id: traceIdOf('j1') });
  expect(second).toMatchObject({ job_id: 'j1', trace_id: traceIdOf('j1'), msg: 'failed' });
  expect(third).not.toHaveProperty('trace_id');
  expect(third.msg).toBe('the keyword of anthropic');
  expect(text + String(terminal.read())).not.toMatch(
    /the-key-of|hunter2|quoted|pass-word|k-1|Basic abc|t-1|abc\.def|0123456789/,
  );
});

test('a file that is full is begun anew by several processes at once, and no line is lost', {
  timeout: 60_000,
}, async () => {
  const file = join(folder, 'logs/orchestrator.log');
  const script = fileURLToPath(new URL('./log-writer.ts', import.meta.url));
  const writers = ['a', 'b', 'c'];
  await Promise.all(writers.map((name) => execa(process.execPath, [script, file, name])));

  const names = (await readdir(join(folder, 'logs'))).sort();
  expect(names.length).toBeGreaterThan(2);
  expect(names.every((name) => /^orchestrator\.log(\.\d+)?$/.test(name))).toBe(true);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'logs', name), 'utf8')));
  const lines = texts.flatMap((text) => text.trim().split('\n')).map((line) => JSON.parse(line));
  for (const name of writers) {
    const seen = lines.filter((line) => line.writer === name).map(({ n }) => n);
    expect(new Set(seen).size).toBe(400);
    expect(seen).toHaveLength(400);
  }
  expect((await stat(file)).size).toBeLessThan(3 * 1024 * 1024);
});
