import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

describe('a job that nobody looks after', () => {
  test('counts what is blocked as failed, and ends', async () => {
    const plan = planOf([
      { task_id: 'fine' },
      { task_id: 'writer', agent: 'general' },
      { task_id: 'reader', depends_on: ['writer'] },
    ]);
    const job = await startJob(worker, { plan, attended: false, on_task_failure: 'continue' });
    const view = await job.reach('completed');
    expect(view.partial).toBe(true);
    expect(view.tasks.map(({ task_id, status, reason }) => [task_id, status, reason])).toEqual([
      ['fine', 'completed', null],
      ['writer', 'failed', null],
      ['reader', 'skipped', 'dependency_failed'],
    ]);
    expect(view.tasks[1]!.error).toMatchObject({ code: 'no_provider' });
  });

  test('fails where another one would wait in review', async () => {
    const acceptance_criteria = [
      { criterion_id: 'there', text: 'the file is there', command: 'test -e gone' },
    ];
    const plan = planOf([{ task_id: 'one', acceptance_criteria: ['there'] }], { acceptance_criteria });
    const job = await startJob(worker, { plan, attended: false, max_repair_rounds: 0 });
    const view = await job.reach('failed', 'needs_review');
    expect(view).toMatchObject({ status: 'failed', error: { code: 'criteria_unmet' } });
    expect(view.synthesis).not.toBeNull();
  });
});
