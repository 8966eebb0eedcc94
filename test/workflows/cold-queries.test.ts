import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { MAIN_QUEUE } from '../../contracts/names.ts';
import * as messages from '../../workflows/messages.ts';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

/** A workflow task that is lost is given to another worker after ten seconds, and polls take their time. */
const PATIENCE_MS = 90_000;
vi.setConfig({ testTimeout: 300_000 });

/** What waits for it goes to a worker that never answers: the given query, or a workflow task. */
async function pollAndDie(): Promise<'query' | 'workflow task'> {
  const { connection, namespace } = worker;
  const polled = await connection.withDeadline(Date.now() + 20_000, () =>
    connection.workflowService.pollWorkflowTaskQueue({
      namespace,
      taskQueue: { name: MAIN_QUEUE },
      identity: 'dies at once',
    }),
  );
  return polled.query ? 'query' : 'workflow task';
}

/** A job whose workflow task was lost with its worker, while a query waits for a worker that lives. */
async function orphanedJob(): Promise<{ job: TestJob; asked: Promise<unknown> }> {
  for (;;) {
    const plan = planOf([{ task_id: 'a' }, { task_id: 'b', depends_on: ['a'] }]);
    const job = await startJob(worker, { plan, approval: 'required' });
    await job.reach('awaiting_approval');
    await worker.stopWorker();
    const asked = worker.connection.withDeadline(Date.now() + PATIENCE_MS, () => job.status());
    asked.catch(() => undefined);
    await job.handle.signal(messages.commandSignal('add_budget'), { add_usd: 1 });
    const got = await pollAndDie();
    if (got === 'workflow task') return { job, asked };
    await worker.restart();
  }
}

test('a query answered while a workflow task is lost leaves a history that can be read again', async () => {
  const { job, asked } = await orphanedJob();
  await worker.restart();
  expect(await asked).toMatchObject({ status: 'awaiting_approval' });
  await job.handle.signal(messages.commandSignal('approve'), {});
  expect((await job.reach('completed')).budget.limit_usd).toBe(11);
  const runs = await collectRuns(worker.client, [job.handle.workflowId]);
  expect(await replay(runs, inject('workflowBundle')!)).toEqual([]);
});

/** The query's history has the signal, and no workflow task that brought it: that comes next, with nothing more. */
test('what happened without a worker is not lost to a query that waited for one, too', async () => {
  for (let round = 0; round < 6; round += 1) {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'a' }]), approval: 'required' });
    await job.reach('awaiting_approval');
    await worker.stopWorker();
    const asked = worker.connection.withDeadline(Date.now() + PATIENCE_MS, () => job.status());
    asked.catch(() => undefined);
    await job.handle.signal(messages.commandSignal('approve'), {});
    await worker.restart();
    await asked;
    await job.reach('completed');
  }
});
