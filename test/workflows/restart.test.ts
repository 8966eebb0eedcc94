import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
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
  const timers = await stopAmidTimers(both);
  const questions = both.flatMap((job) =>
    Array.from({ length: 6 }, () => job.status().catch((error: Error) => error.message)),
  );
  for (const [at, job] of both.entries())
    await until(async () => (await journalTimers(job)).fired.has(timers[at]!), {
      what: 'the timer to fire without a worker',
    });
  const commands = both.map((job) => job.update('complete_task', { task_id: 'ask', output: 'done' }));
  await worker.restart();
  await Promise.all(commands);
  await Promise.all(questions);
  for (const job of both) {
    await job.reach('completed');
    const runs = await collectRuns(worker.client, [job.handle.workflowId]);
    expect(await replay(runs, inject('workflowBundle')!)).toEqual([]);
  }
});

/** A job that waits for a person. */
async function startAsking(): Promise<TestJob> {
  const job = await startJob(worker, { plan: planOf([{ task_id: 'ask', agent: 'human' }]) });
  await job.taskReaches('ask', 'blocked');
  return job;
}

/** Stops the worker while the journal's timer of each job runs; gives those timers. */
async function stopAmidTimers(jobs: TestJob[]): Promise<string[]> {
  for (;;) {
    await Promise.all(jobs.map((job) => job.update('add_budget', { add_usd: 1 })));
    await worker.stopWorker();
    const running = await Promise.all(jobs.map(async (job) => (await journalTimers(job)).running));
    if (running.every((timer) => timer !== undefined)) return running as string[];
    await worker.restart(); // too late for one of them
  }
}

/** The journal's timers, which are the only ones below a second: those that have fired, and the one that runs. */
async function journalTimers(job: TestJob): Promise<{ fired: Set<string>; running: string | undefined }> {
  const { events } = await job.handle.fetchHistory();
  const fired = new Set<string>();
  let running: string | undefined;
  for (const event of events ?? []) {
    const started = event.timerStartedEventAttributes;
    if (started && !Number(started.startToFireTimeout?.seconds ?? 0)) running = started.timerId!;
    const over = event.timerFiredEventAttributes?.timerId ?? event.timerCanceledEventAttributes?.timerId;
    if (event.timerFiredEventAttributes) fired.add(over!);
    if (over && over === running) running = undefined;
  }
  return { fired, running };
}
