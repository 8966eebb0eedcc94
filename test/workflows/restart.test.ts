import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
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

/** The journal's timer fires while no worker is there; what it leads to belongs after the command, in a replay too. */
test('questions that waited for a worker do not change what a job does next', {
  timeout: 240_000,
}, async () => {
  const both = await Promise.all([startAsking(), startAsking()]);
  await Promise.all(both.map(({ job }) => job.update('add_budget', { add_usd: 1 })));
  await worker.stopWorker();
  const questions = both.flatMap(({ job }) =>
    Array.from({ length: 6 }, () => job.status().catch((error: Error) => error.message)),
  );
  for (const { timersFired, before } of both)
    await until(async () => (await timersFired()) > before, { what: 'the timer to fire without a worker' });
  const commands = both.map(({ job }) => job.update('complete_task', { task_id: 'ask', output: 'done' }));
  await worker.restart();
  await Promise.all(commands);
  await Promise.all(questions);
  for (const { job } of both) {
    await job.reach('completed');
    const runs = await collectRuns(worker.client, [job.handle.workflowId]);
    expect(await replay(runs, inject('workflowBundle')!)).toEqual([]);
  }
});

/** A job that waits for a person, whose first timer has fired. */
async function startAsking() {
  const job = await startJob(worker, { plan: planOf([{ task_id: 'ask', agent: 'human' }]) });
  await job.taskReaches('ask', 'blocked');
  const timersFired = async () =>
    (await job.handle.fetchHistory()).events?.filter(
      ({ timerFiredEventAttributes }) => timerFiredEventAttributes,
    ).length ?? 0;
  return { job, timersFired, before: await until(timersFired, { what: 'the first timer' }) };
}
