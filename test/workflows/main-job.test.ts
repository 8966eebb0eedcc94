import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

describe('a job with a given plan', () => {
  test('waits for approval, runs its tasks in order, and completes', async () => {
    const job = await startJob(worker, {
      approval: 'required',
      plan: planOf([
        { task_id: 'a', command: 'echo from a' },
        { task_id: 'b', command: 'cat', depends_on: ['a'] },
      ]),
    });
    await job.reach('awaiting_approval');
    expect(await job.update('approve', { plan_version: 1 })).toMatchObject({
      status: 'running',
      plan_version: 1,
    });
    expect(await job.result()).toMatchObject({ status: 'completed' });

    const view = await job.status();
    expect(view.stats).toMatchObject({ total: 2, completed: 2 });
    expect(view.tasks[0]).toMatchObject({ output_preview: 'from a\n', attempt: 1 });
    expect(
      JSON.parse(view.tasks[1]!.output_preview!.length < 400 ? view.tasks[1]!.output_preview! : '{}'),
    ).toBeTypeOf('object');
    expect(view.synthesis).toContain('No model wrote');
    const events = await job.events();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)!.type).toBe('job.completed');
    expect(await worker.store.readArchived(job.job_id)).toMatchObject({ view: { status: 'completed' } });
  });
});
