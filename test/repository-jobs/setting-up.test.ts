import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView } from '../../contracts/view.ts';
import { jsonCli, runCli } from '../cli/run.ts';
import { startService, type TestService } from '../cli/service.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { type Gate, makeGate } from './gate.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

let service: TestService;
let gate: Gate;
let source: Source;
beforeAll(async () => {
  service = await startService({ config: ANY_SOURCE });
  gate = makeGate();
  source = makeSource({ 'a.txt': 'a\n' });
});
afterAll(async () => {
  gate.open();
  await service.close();
  gate.remove();
  source.remove();
});

test('a task whose setup command runs says so in its status, and no more once its agent is at work', async () => {
  const commands = { setup: gate.wait, check: null, lock: null };
  const job = await startJob(service.worker, {
    ...inSource(source, { commands }),
    plan: planOf([{ task_id: 'one', command: 'echo b > a.txt' }]),
  });
  const { url } = service;
  const work = async () =>
    ((await jsonCli(['status', job.job_id], { url })) as JobView).tasks[0]?.repository?.merge;
  await gate.reached();
  await until(async () => (await work()) === 'setting_up', { what: 'the setup in the status' });
  expect((await runCli(['status', job.job_id], { url })).stdout).toContain('setting up');
  gate.open();
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(await work()).toBe('landed');
});
