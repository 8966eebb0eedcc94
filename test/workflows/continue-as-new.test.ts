import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { taskWorkflowId } from '../../contracts/names.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

/** So low that every change makes the job continue as new. */
const often = { continue_after_events: 40, adopted_check_seconds: 1 };
/** A command that goes on when its file has something in it, and prints that. */
const waitFor = (name: string) => `while [ ! -s ${name} ]; do sleep 0.05; done; cat ${name}`;

const fileOf = (job: TestJob, name: string) => join(worker.folder, 'work', job.job_id, name);
const runs = async (job: TestJob) => (await job.handle.describe()).historyLength;
const runId = async (job: TestJob) => (await job.handle.describe()).runId;

async function untilContinued(job: TestJob, from: string): Promise<void> {
  await until(async () => (await runId(job)) !== from, {
    what: 'the job to continue as new',
  });
}

describe('a job that continues as new', () => {
  test('keeps its running tasks, its journal and its ids, and completes', async () => {
    const chain = Array.from({ length: 12 }, (_, index) => ({
      task_id: `c${index}`,
      depends_on: index === 0 ? [] : [`c${index - 1}`],
    }));
    const plan = planOf([{ task_id: 'long', command: waitFor('go') }, ...chain]);
    const job = await startJob(worker, { plan }, often);
    const first = await runId(job);
    await job.taskReaches('c11', 'completed');
    expect(await runId(job)).not.toBe(first);
    expect(await runs(job)).toBeLessThan(200);
    const view = await job.status();
    expect(view.tasks[0]).toMatchObject({ status: 'running', attempt: 1 });
    await until(
      async () =>
        ((await job.handle.describe()).memo as { stats: { completed: number } }).stats.completed === 12,
      {
        what: 'the memo to show the tasks',
      },
    );
    const { memo, searchAttributes } = await job.handle.describe();
    expect(memo).toMatchObject({ title: 'A test', status: 'running' });
    expect(searchAttributes).toMatchObject({ JobStatus: ['running'] });
    await writeFile(fileOf(job, 'go'), 'went on');
    expect(await job.result()).toMatchObject({ status: 'completed' });

    const events = await job.events();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const completed = events.filter(({ type }) => type === 'task.completed').map(({ task_id }) => task_id);
    expect(completed.toSorted()).toEqual(plan.tasks.map(({ task_id }) => task_id).toSorted());
    expect(events.filter(({ type }) => type === 'task.started')).toHaveLength(13);
    expect((await job.status()).tasks[0]!.output_preview).toBe('went on');
  });

  test('cancel reaches tasks from before', async () => {
    const plan = planOf([
      { task_id: 'long', command: 'echo $$ > pid; exec sleep 300' },
      { task_id: 'a' },
      { task_id: 'b', depends_on: ['a'] },
      { task_id: 'c', depends_on: ['b'] },
      { task_id: 'd', depends_on: ['c'] },
      { task_id: 'e', agent: 'human', depends_on: ['d'] },
    ]);
    const job = await startJob(worker, { plan }, often);
    const first = await runId(job);
    const pid = await until(async () => Number(await readFile(fileOf(job, 'pid'), 'utf8')));
    await job.taskReaches('e', 'blocked');
    // every change makes it continue: the cancel itself, too
    await untilContinued(job, first);
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    expect((await job.status()).tasks[0]).toMatchObject({ status: 'cancelled' });
    expect(() => process.kill(pid, 0)).toThrow();
  });

  test('cancel in the middle of continuing stops what runs before the job is cancelled', async () => {
    for (let round = 0; round < 5; round += 1) {
      const job = await startJob(
        worker,
        {
          plan: planOf([
            { task_id: 'long', command: 'echo $$ > pid; exec sleep 300' },
            { task_id: 'a' },
            { task_id: 'b', depends_on: ['a'] },
            { task_id: 'c', depends_on: ['b'] },
          ]),
        },
        often,
      );
      const pid = await until(async () => Number(await readFile(fileOf(job, 'pid'), 'utf8')));
      await job.taskReaches('b', 'running', 'completed');
      await job.update('cancel');
      expect(await job.result()).toMatchObject({ status: 'cancelled' });
      expect((await job.status()).tasks[0]).toMatchObject({ status: 'cancelled' });
      expect(() => process.kill(pid, 0)).toThrow();
    }
  });

  test('what stays on its way does not hold up the other tasks, nor a cancel', async () => {
    const chain = Array.from({ length: 6 }, (_, index) => ({
      task_id: `c${index}`,
      depends_on: index === 0 ? [] : [`c${index - 1}`],
    }));
    const plan = planOf([{ task_id: 'stuck' }, ...chain]);
    const job = await startJob(worker, { plan, approval: 'required' }, often);
    await job.reach('awaiting_approval');
    // a stranger has its id: the start is tried for more than a minute
    const stranger = await worker.client.workflow.start('jobWorkflow', {
      workflowId: taskWorkflowId(job.job_id, 'stuck'),
      taskQueue: 'nobody',
    });
    await job.update('approve');
    const { tasks } = await job.taskReaches('c5', 'completed');
    expect(tasks[0]).toMatchObject({ task_id: 'stuck', status: 'running' });
    expect(await runs(job)).toBeGreaterThan(often.continue_after_events);
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    expect((await job.status()).tasks[0]).toMatchObject({ status: 'cancelled' });
    await stranger.terminate();
  });

  test('a task from before that is terminated is a lost worker, not a hang', async () => {
    const plan = planOf([
      { task_id: 'long', command: 'sleep 300' },
      { task_id: 'a' },
      { task_id: 'b', depends_on: ['a'] },
      { task_id: 'c', depends_on: ['b'] },
      { task_id: 'd', depends_on: ['c'] },
    ]);
    const job = await startJob(worker, { plan, on_task_failure: 'fail' }, often);
    const first = await runId(job);
    await job.taskReaches('d', 'completed');
    await untilContinued(job, first);
    await worker.client.workflow.getHandle(taskWorkflowId(job.job_id, 'long')).terminate('a test');
    expect(await job.result()).toMatchObject({ status: 'failed' });
    expect((await job.status()).tasks[0]).toMatchObject({ status: 'failed', error: { code: 'worker_lost' } });
  });

  test('answers a repeated request as before', async () => {
    const plan = planOf([
      { task_id: 'ask', agent: 'human' },
      { task_id: 'a', approval: 'required' },
      { task_id: 'b', depends_on: ['a'] },
      { task_id: 'c', depends_on: ['b'] },
      { task_id: 'd', depends_on: ['c'] },
    ]);
    const job = await startJob(worker, { plan }, often);
    const first = await runId(job);
    await job.taskReaches('a', 'awaiting_approval');
    const request = { task_id: 'a', request_id: 'r', body_hash: 'h' };
    const answer = await job.update('approve_task', request);
    await job.taskReaches('d', 'completed');
    await untilContinued(job, first);
    expect(await job.update('approve_task', request)).toEqual(answer);
    await job.update('complete_task', { task_id: 'ask', output: 'done' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });
});
