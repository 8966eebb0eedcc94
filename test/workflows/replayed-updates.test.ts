import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

/**
 * That a task's workflow was started leaves no command, and the SDK replays such a workflow task together with the next:
 * what comes as an update right after it must not show that.
 */
test('commands that come while tasks are being started are replayed as they were', async () => {
  const tasks = Array.from({ length: 16 }, (_, index) => ({
    task_id: `t${index}`,
    command: index % 4 === 3 ? 'sleep 300' : 'true',
    depends_on: index < 4 ? [] : index % 4 === 3 ? [`t${index - 1}`] : [`t${index - 4}`],
  }));
  const job = await startJob(worker, { plan: planOf(tasks), max_workers: 16, approval: 'required' });
  await job.reach('awaiting_approval');
  await job.update('approve');
  const skipped = new Set<string>();
  for (let round = 0; round < 30; round += 1) {
    await job.update(round % 2 === 0 ? 'pause' : 'resume');
    await job.update('add_budget', { add_usd: 1 });
    const view = await job.status();
    const running = view.tasks.find(
      ({ task_id, status }) => status === 'running' && Number(task_id.slice(1)) % 4 === 3,
    );
    // one stays, so that the job does
    if (!running || skipped.has(running.task_id) || skipped.size === 3) continue;
    skipped.add(running.task_id);
    await job.update('skip_task', { task_id: running.task_id });
  }
  await job.update('cancel');
  await job.result();
  const runs = await collectRuns(worker.client, [job.handle.workflowId]);
  expect(await replay(runs, inject('workflowBundle')!)).toEqual([]);
});
