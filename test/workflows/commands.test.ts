import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

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
