import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

/** The worker replays the job from its history, and the command comes with the very next workflow task. */
test('a command right after a restart of the worker meets the state that was seen before it', async () => {
  for (let round = 0; round < 8; round += 1) {
    const plan = planOf([
      { task_id: 'first' },
      { task_id: 'ask', agent: 'human', depends_on: ['first'] },
      { task_id: 'second', agent: 'human', depends_on: ['ask'] },
    ]);
    const job = await startJob(worker, { plan });
    await job.taskReaches('ask', 'blocked');
    await worker.restart();
    await job.update('complete_task', { task_id: 'ask', output: `round ${round}` });
    const view = await job.taskReaches('second', 'blocked');
    expect(view.tasks[1]).toMatchObject({ status: 'completed', output_preview: `round ${round}` });
    await job.handle.terminate();
  }
});
