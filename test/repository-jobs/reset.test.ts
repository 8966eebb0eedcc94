import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { PLACES, reset } from '../setup/reset.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { addsTo, decide, decisionAsked } from './clash.ts';
import { makeGate } from './gate.ts';
import { ANY_SOURCE, inSource, makeSource } from './source.ts';

let worker: TestWorker;
const removes: (() => void)[] = [];
beforeAll(async () => {
  worker = await startTestWorker({ config: ANY_SOURCE });
});
afterAll(async () => {
  await worker.close();
  for (const remove of removes) remove();
});

const resultOf = (job_id: string) => `orchestrator/${job_id}/result`;

test.each(PLACES)(
  'a job that is reset to the %s workflow task while work waits for its merge merges that work: no agent does it again',
  async (place) => {
    const gate = makeGate();
    const source = makeSource({ 'a.txt': 'a\n' });
    removes.push(source.remove, gate.remove);
    const log = join(source.path, '.git', 'log');
    const job = await startJob(worker, {
      ...inSource(source, {
        commands: { setup: null, check: `grep -q b a.txt || exit 0; ${gate.wait}`, lock: null },
      }),
      plan: planOf([
        { task_id: 'one', command: `echo one >> ${log}; echo b > a.txt; echo written` },
        { task_id: 'two', command: `echo two >> ${log}; echo c > c.txt`, depends_on: ['one'] },
      ]),
    });
    await gate.reached();
    await reset(worker, job.handle.workflowId, place);
    await until(async () => (await job.events()).some(({ data }) => data.by === 'reset'), {
      what: 'the reset',
    });
    gate.open();
    const end = await worker.client.workflow.getHandle(job.handle.workflowId).result();
    expect(end).toMatchObject({ status: 'completed' });
    expect(readFileSync(log, 'utf8')).toBe('one\ntwo\n');
    expect(source.show(resultOf(job.job_id), 'a.txt')).toBe('b');
    expect((await job.status()).tasks[0]).toMatchObject({
      ...{ status: 'completed', attempt: 1, output_preview: 'written\n' },
      repository: { merge: 'landed', files_changed: 1 },
    });
  },
);

test('work that waits for a person does so again after a reset, and is done again only where that person says so', async () => {
  const source = makeSource({ 'a.txt': 'a\n' });
  removes.push(source.remove);
  const job = await startJob(worker, {
    ...inSource(source, { avoid_conflicts: false }),
    plan: planOf([addsTo('one'), addsTo('two')]),
  });
  const { task_id } = await decisionAsked(job);
  const headOf = async () =>
    (await job.status()).tasks.find((task) => task.task_id === task_id)!.repository!.head_sha;
  const before = await headOf();
  await reset(worker, job.handle.workflowId, 'last');
  await until(async () => (await job.events()).some(({ data }) => data.by === 'reset'), {
    what: 'the reset',
  });
  const asked = await decisionAsked(job);
  expect([asked.task_id, await headOf()]).toEqual([task_id, before]);
  await until(async () => {
    await decide(job, asked, 'retry');
    return true;
  });
  const end = await worker.client.workflow.getHandle(job.handle.workflowId).result();
  expect(end).toMatchObject({ status: 'completed' });
  const other = task_id === 'one' ? 'two' : 'one';
  expect(source.show(resultOf(job.job_id), 'a.txt')).toBe(`a+${other}+${task_id}`);
  expect((await job.status()).tasks.find((task) => task.task_id === task_id)).toMatchObject({ attempt: 2 });
});
