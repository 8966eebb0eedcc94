import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from '../../api/gateway/ask.ts';
import { planQuery } from '../../workflows/messages.ts';
import type { PlanAnswer } from '../../workflows/types.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

/** As many tasks as a plan may have, with so many characters of text each; for people, so that none runs. */
const bigPlan = (characters: number, mark = 'x') =>
  planOf(
    Array.from({ length: 500 }, (_, index) => ({
      task_id: `t${index}`,
      agent: 'human',
      description: mark.repeat(characters / mark.length),
    })),
  );

describe('a job of more than Temporal takes at once', () => {
  test('is edited ten times, read, carried out, closed and archived', async () => {
    const job = await startJob(worker, { plan: bigPlan(1700), approval: 'required' });
    await job.reach('awaiting_approval');
    const first = (await job.handle.describe()).runId;
    for (let version = 1; version <= 10; version += 1) {
      const plan = bigPlan(1700, `v${version % 10}x€`);
      await until(async () => {
        await job.update('replace_plan', { plan, version });
        return true;
      });
    }
    await until(async () => (await job.handle.describe()).runId !== first, { what: 'it to continue' });
    const shown = await ask<PlanAnswer>(job.handle, planQuery.name, [{ version: 5 }]);
    const fifth = await worker.store.wholePlan(shown.plan!);
    expect(fifth.tasks[499]!.description).toBe('v4x€'.repeat(425));
    await until(async () => {
      await job.update('approve', { plan_version: 11 });
      return true;
    });
    await job.taskReaches('t499', 'blocked');
    await job.update('cancel');
    // of the latest run: a client that follows the job from its first one has to read that one's 20 MB
    const end = await worker.client.workflow.getHandle(job.handle.workflowId).result();
    expect(end).toMatchObject({ status: 'cancelled' });
    expect(await job.status()).toMatchObject({ status: 'cancelled', stats: { cancelled: 500 } });
    const archived = await worker.store.readArchived(job.job_id);
    expect(archived!.plans).toHaveLength(11);
    expect((await worker.store.wholePlan(archived!.plans[4]!)).tasks).toEqual(fifth.tasks);
    expect(archived!.view.status).toBe('cancelled');
  });

  test('continues as new, and takes commands all the while', async () => {
    const plan = bigPlan(1700);
    const job = await startJob(worker, { plan }, { continue_after_events: 40 });
    const first = (await job.handle.describe()).runId;
    await job.taskReaches('t499', 'blocked');
    for (let index = 0; index < 10; index += 1) {
      await job.update('complete_task', { task_id: `t${index}`, output: `€${index}`.repeat(100) });
    }
    await until(async () => (await job.handle.describe()).runId !== first, { what: 'it to continue' });
    await job.update('complete_task', { task_id: 't10', output: 'late' });
    const view = await job.status();
    expect(view.tasks.slice(0, 11).map(({ status }) => status)).toEqual(Array(11).fill('completed'));
    expect(view.tasks[3]!.output_preview).toBe('€3'.repeat(100));
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    const events = await job.events();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  test('starts more tasks at once than one message takes', async () => {
    const tasks = Array.from({ length: 60 }, (_, index) => ({
      task_id: `t${index}`,
      agent: 'human' as const,
      description: 'x'.repeat(100_000),
    }));
    const job = await startJob(worker, { plan: planOf(tasks), max_workers: 60 });
    await until(async () => (await job.status()).stats.blocked === 60, { what: 'all to be started' });
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
  });

  test('hands a task more results than can travel whole', async () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      task_id: `t${index}`,
      agent: 'human' as const,
    }));
    const plan = planOf([...many, { task_id: 'last', depends_on: many.map(({ task_id }) => task_id) }]);
    const job = await startJob(worker, { plan, synthesis: 'none' });
    await job.taskReaches('t399', 'blocked');
    const output = '€'.repeat(1000);
    const result = { preview: output.slice(0, 400), bytes: 3000, text: output, data: { a: output } };
    for (const { task_id } of many) await job.update('complete_task', { task_id, result });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });
});
