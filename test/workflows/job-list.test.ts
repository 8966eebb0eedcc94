import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobWorkflowId, MAIN_QUEUE, SWEEP_ID } from '../../contracts/names.ts';
import type { JobListItem } from '../../contracts/view.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { reset } from '../setup/reset.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { closedJob } from '../store/samples.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
  // only the tests' own sweeps
  await worker.client.schedule.getHandle(SWEEP_ID).pause();
});
afterAll(() => worker.close());

interface Swept {
  archived_jobs: number;
  listed_jobs: number;
  unlisted_jobs: number;
}
const sweep = () =>
  worker.client.workflow.execute<() => Promise<Swept>>('sweepWorkflow', {
    workflowId: `${SWEEP_ID}-${randomUUID()}`,
    taskQueue: MAIN_QUEUE,
    args: [],
  });

const lineOf = async (job_id: string): Promise<JobListItem | undefined> =>
  (await worker.store.listJobs({ owner: null, search: job_id, limit: 1 }))[0];
/** Sweeps until the list shows what it should: Temporal's own list is a little behind. */
const sweptUntil = (shows: () => Promise<boolean>, what: string) =>
  until(async () => (await sweep()) && (await shows()), { what });

const waiting = async (): Promise<TestJob> => {
  const job = await startJob(worker, { plan: planOf([{ task_id: 'a' }]), approval: 'required' });
  await job.reach('awaiting_approval');
  await until(async () => (await lineOf(job.job_id))?.status === 'awaiting_approval', { what: 'its row' });
  return job;
};
const LONG_AGO = '2026-01-01T00:00:00.000Z';
const longAgo = (job_id: string): JobListItem => {
  const { title, owner, stats, budget } = closedJob(job_id).view;
  return { job_id, title, owner, stats, budget, status: 'planning', created_at: LONG_AGO, finished_at: null };
};

describe('the sweep', () => {
  test('lists open jobs that are not in the list, also one whose memo fits nothing', async () => {
    const job = await waiting();
    await worker.store.removeJobs([job.job_id]);
    const odd = `odd-${randomUUID().slice(0, 8)}`;
    const workflowId = jobWorkflowId(odd);
    // of a queue that nobody serves: it stays as it is
    const start = {
      workflowId,
      taskQueue: 'nobody',
      args: [],
      memo: { title: 7, owner: 'ann', stats: 'none' },
    };
    const handle = await worker.client.workflow.start('jobWorkflow', start);
    await sweptUntil(
      async () => Boolean((await lineOf(job.job_id)) && (await lineOf(odd))),
      'both in the list',
    );
    expect(await lineOf(job.job_id)).toMatchObject({
      title: 'A test',
      status: 'awaiting_approval',
      owner: 'local',
    });
    expect(await lineOf(odd)).toMatchObject({ job_id: odd, title: odd, status: 'running', owner: 'ann' });
    await handle.terminate();
    await job.update('approve', { plan_version: 1 });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(await lineOf(job.job_id)).toMatchObject({
      status: 'completed',
      stats: { total: 1, completed: 1 },
    });
  });

  test('takes a job out that was never started, and leaves one whose start may be under way', async () => {
    const never = `never-${randomUUID().slice(0, 8)}`;
    const soon = `soon-${randomUUID().slice(0, 8)}`;
    const created_at = new Date().toISOString();
    await worker.store.addJobs([longAgo(never), { ...longAgo(soon), created_at }]);
    await sweep();
    expect(await lineOf(never)).toBeUndefined();
    expect(await lineOf(soon)).toBeDefined();
    await worker.store.removeJobs([soon]);
  });

  test('shows as failed what was terminated, as its status does', async () => {
    const job = await waiting();
    await job.handle.terminate('a test');
    await sweptUntil(async () => (await lineOf(job.job_id))?.status === 'failed', 'the job to be failed');
    const archived = await worker.store.readArchived(job.job_id);
    expect(archived?.view).toMatchObject({ status: 'failed', error: { code: 'terminated' } });
    expect((await lineOf(job.job_id))?.finished_at).toBe(archived?.view.finished_at);

    await reset(worker, job.handle.workflowId, 'last');
    await until(async () => (await lineOf(job.job_id))?.status === 'awaiting_approval', {
      what: 'the job to be open again',
    });
    expect(await worker.store.readArchived(job.job_id)).toBeNull();
    expect((await worker.store.openJobs(null)).map(({ job_id }) => job_id)).toContain(job.job_id);
    // the run that was reset hears nothing any more, and goes on in a new one
    await until(
      async () => {
        if ((await lineOf(job.job_id))?.status === 'cancelled') return true;
        await worker.client.workflow.getHandle(job.handle.workflowId).signal('cancel', {});
        return false;
      },
      { what: 'its end' },
    );
  });

  test('takes a job out whose workflow was deleted from outside, and its part of the gauges', async () => {
    const { job_id } = longAgo(`outside-${randomUUID().slice(0, 8)}`);
    await worker.store.addJobs([longAgo(job_id)]);
    const live = { status: 'running', tasks: {}, approvals: {}, parked: 7 } as const;
    const event = { seq: 1, job_id, at: LONG_AGO, type: 'job.submitted' as const, data: {} };
    await worker.store.writeJournal({ owner: 'ann', events: [event], live });
    expect((await worker.store.readLiveJobs()).some(({ parked }) => parked === 7)).toBe(true);
    await sweep();
    expect(await lineOf(job_id)).toBeUndefined();
    expect((await worker.store.readLiveJobs()).some(({ parked }) => parked === 7)).toBe(false);
  });

  test('closes what a process of an earlier version archived, which knows of no list', async () => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'a' }]) });
    await job.result();
    await worker.store.removeJobs([job.job_id]);
    await sweptUntil(
      async () => (await lineOf(job.job_id))?.status === 'completed',
      'the closed job in the list',
    );
  });
});
