import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLog } from '../../telemetry/log/log.ts';

test('a log is JSON lines in the file and text on the terminal, without secrets', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-log-'));
  const file = join(folder, 'logs/orchestrator.log');
  const terminal = new PassThrough();
  const log = createLog({ component: 'api', file, terminal }, { LOG_LEVEL: 'debug' });
  log
    .child({ job_id: 'j1', task_id: 'a' })
    .debug({ api_key: 'sk-1', headers: { authorization: 'Bearer 2' } }, 'said');
  log.trace('not said');

  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: 'debug',
    component: 'api',
    job_id: 'j1',
    task_id: 'a',
    msg: 'said',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  const shown = String(terminal.read());
  expect(shown).toContain('[api] said');
  expect(lines[0] + shown).not.toMatch(/sk-1|Bearer 2/);
  await rm(folder, { recursive: true, force: true });
});
