import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

test('a command that is run again because its worker was lost says so, as the same attempt', async () => {
  const command = 'if [ -e begun ]; then echo again; else touch begun; exec sleep 300; fi';
  const job = await startJob(worker, { plan: planOf([{ task_id: 'long', command }]) });
  await until(() => access(join(worker.folder, 'work', job.job_id, 'begun')).then(() => true));
  await worker.restart({ worker: 'test:2' });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const [task] = (await job.status()).tasks;
  expect(task).toMatchObject({ attempt: 1, output_preview: 'again\n' });
  const events = (await job.events()).filter(({ task_id }) => task_id === 'long');
  expect(events.map(({ type }) => type)).toEqual([
    'task.ready',
    'task.started',
    'task.worker_lost',
    'task.completed',
  ]);
  expect(events[2]).toMatchObject({ attempt: 1, data: { starts: 2, worker: 'test:2' } });
});

test('files that cannot be artifacts are told with the reason, in the status and in the journal', async () => {
  const command = 'cd "$ORCHESTRATOR_ARTIFACTS"; echo fine > note.txt; mkfifo pipe; ln -s /etc/passwd link';
  const job = await startJob(worker, { plan: planOf([{ task_id: 'messy', command }]) });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const left_out = [
    { name: 'link', reason: 'its link leads out of the artifacts folder' },
    { name: 'pipe', reason: 'it is not a file' },
  ];
  expect((await job.status()).tasks[0]!.artifacts_left_out).toEqual(left_out);
  const completed = (await job.events()).find(({ type }) => type === 'task.completed');
  expect(completed!.data.artifacts_left_out).toEqual(left_out);
});

test('a line of 5 MB without an end is streamed in pieces; its beginning is the output', async () => {
  const command = "head -c 5000000 /dev/zero | tr '\\0' x";
  const job = await startJob(worker, { plan: planOf([{ task_id: 'endless', command }]) });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const [task] = (await job.status()).tasks;
  expect(task).toMatchObject({ status: 'completed', output_preview: 'x'.repeat(400) });
  const pieces = worker.notes.flatMap((note) =>
    note.kind === 'line' && note.job_id === job.job_id ? note : [],
  );
  expect(pieces.reduce((sum, { text }) => sum + text.length, 0)).toBe(5_000_000);
  for (const { text } of pieces) expect(text.length).toBeLessThanOrEqual(8192);
});
