import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAIN_QUEUE, taskWorkflowId, WORKFLOW } from '../../contracts/names.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { PLACES, type Place, reset } from '../setup/reset.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

const fileOf = (job: TestJob, name: string) => join(worker.folder, 'work', job.job_id, name);
/** Says that it ran, and goes on when there is something in the file `go`. */
const counted = (id: string) => `echo ${id} >> ran; while [ ! -s go ]; do sleep 0.05; done; cat go`;

async function inOrder(job: TestJob): Promise<void> {
  const events = await job.events();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
}

describe('a job that is reset in Temporal', () => {
  test.each(PLACES)('to the %s workflow task while it runs goes on from where it was', async (place) => {
    const plan = planOf([
      { task_id: 'done', command: 'echo done >> ran; echo all' },
      { task_id: 'gated', approval: 'required', depends_on: ['done'], command: 'echo gated >> ran' },
      { task_id: 'long', command: counted('long'), depends_on: ['gated'] },
      { task_id: 'after', command: 'echo after >> ran', depends_on: ['long'] },
    ]);
    const job = await startJob(worker, { plan, approval: 'required' });
    await job.reach('awaiting_approval');
    await job.update('approve', { plan_version: 1 });
    await job.taskReaches('gated', 'awaiting_approval');
    await job.update('approve_task', { task_id: 'gated' });
    await job.taskReaches('long', 'running');
    await until(async () => (await readFile(fileOf(job, 'ran'), 'utf8')).includes('long'));
    await reset(worker, job.handle.workflowId, place);
    await until(async () => (await job.events()).some(({ data }) => data.by === 'reset'));
    await writeFile(fileOf(job, 'go'), 'went on');
    const end = await worker.client.workflow.getHandle(job.handle.workflowId).result();
    expect(end).toMatchObject({ status: 'completed' });
    const ran = (await readFile(fileOf(job, 'ran'), 'utf8')).trim().split('\n');
    // what was stopped in the middle is begun again, and nothing else
    expect(ran).toEqual(['done', 'gated', 'long', 'long', 'after']);
    await inOrder(job);
    const events = await job.events();
    expect(events.filter(({ type }) => type === 'job.approved')).toHaveLength(1);
    expect((await job.status()).tasks.map(({ status }) => status)).toEqual(Array(4).fill('completed'));
    expect((await worker.store.readArchived(job.job_id))!.view.status).toBe('completed');
  });

  test.each(PLACES)('to the %s workflow task while it waits for its approval waits on', async (place) => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'a' }]), approval: 'required' });
    await job.reach('awaiting_approval');
    await reset(worker, job.handle.workflowId, place);
    const handle = worker.client.workflow.getHandle(job.handle.workflowId);
    await job.reach('awaiting_approval');
    await until(async () => {
      await job.update('approve', { plan_version: 1 });
      return true;
    });
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    await inOrder(job);
  });

  test.each(PLACES)('to the %s workflow task after it has closed does nothing again', async (place) => {
    const plan = planOf([{ task_id: 'a', command: 'echo a >> ran' }]);
    const job = await startJob(worker, { plan });
    await job.result();
    const before = await job.events();
    await reset(worker, job.handle.workflowId, place);
    const end = await worker.client.workflow.getHandle(job.handle.workflowId).result();
    expect(end).toMatchObject({ status: 'completed' });
    expect(await readFile(fileOf(job, 'ran'), 'utf8')).toBe('a\n');
    expect(await job.events()).toEqual(before);
  });

  test('again and again still goes on', async () => {
    const plan = planOf([
      { task_id: 'long', command: counted('long') },
      { task_id: 'b', agent: 'human' },
    ]);
    const job = await startJob(worker, { plan });
    await job.taskReaches('b', 'blocked');
    for (const place of ['last', 'first', 'middle'] as const) {
      await job.taskReaches('long', 'running');
      await reset(worker, job.handle.workflowId, place);
    }
    await until(async () => (await job.events()).some(({ data }) => data.by === 'reset'));
    await until(async () => {
      await job.update('complete_task', { task_id: 'b', output: 'done' });
      return true;
    });
    await until(async () => {
      await writeFile(fileOf(job, 'go'), 'went on');
      return true;
    });
    const end = await worker.client.workflow.getHandle(job.handle.workflowId).result();
    expect(end).toMatchObject({ status: 'completed' });
    await inOrder(job);
  });
});

describe('a job whose earlier run is gone when it is reset', () => {
  const startAndLose = async (place: Place): Promise<TestJob> => {
    const plan = planOf([
      { task_id: 'done', command: 'echo done >> ran; echo all' },
      { task_id: 'gated', approval: 'required', depends_on: ['done'], command: 'echo gated >> ran' },
      { task_id: 'waits', agent: 'human', depends_on: ['gated'] },
      { task_id: 'after', command: 'cat "$ORCHESTRATOR_CONTEXT" >> ran', depends_on: ['waits', 'done'] },
    ]);
    const job = await startJob(worker, { plan, approval: 'required' });
    await job.reach('awaiting_approval');
    await job.update('approve', { plan_version: 1 });
    await job.taskReaches('gated', 'awaiting_approval');
    await job.update('add_budget', { add_usd: 3 });
    await job.update('approve_task', { task_id: 'gated' });
    await job.taskReaches('waits', 'blocked');
    await until(async () => (await worker.store.lastSeq(job.job_id)) === (await job.events()).at(-1)!.seq);
    const { workflowId } = job.handle;
    const { runId } = await job.handle.describe();
    await worker.stopWorker();
    try {
      await reset(worker, workflowId, place);
      await worker.connection.workflowService.deleteWorkflowExecution({
        namespace: worker.namespace,
        workflowExecution: { workflowId, runId },
      });
      const lost = worker.client.workflow.getHandle(workflowId, runId);
      const isGone = () =>
        lost.describe().then(
          () => false,
          () => true,
        );
      // the server takes its time
      await until(isGone, { timeoutMs: 100_000, what: 'the run to be gone' });
    } finally {
      await worker.restart();
    }
    return job;
  };
  const ran = async (job: TestJob) => (await readFile(fileOf(job, 'ran'), 'utf8')).split('\n');

  test.each(['middle', 'first'] as const)(
    'to the %s workflow task goes on with what its journal and its tasks tell',
    {
      timeout: 180_000,
    },
    async (place) => {
      const job = await startAndLose(place);
      const waits = async () => (await job.status()).tasks[2]?.status === 'blocked';
      await until(waits, { timeoutMs: 60_000, what: 'the job to be back' });
      await job.update('complete_task', { task_id: 'waits', output: 'seen' });
      const end = await worker.client.workflow.getHandle(job.handle.workflowId).result();
      expect(end).toMatchObject({ status: 'completed' });
      const lines = await ran(job);
      expect(lines.filter((line) => line === 'done' || line === 'gated')).toEqual(['done', 'gated']);
      expect(lines.at(-1)).toContain('all');
      expect((await job.status()).budget.limit_usd).toBe(13);
      await inOrder(job);
      expect((await job.events()).filter(({ type }) => type === 'job.approved')).toHaveLength(1);
    },
  );
});

describe('what is no job and no task', () => {
  test.each([WORKFLOW.webhooks, WORKFLOW.sweep])('%s does over what a reset takes back', async (type) => {
    const workflowId = `reset-${type}`;
    const handle = await worker.client.workflow.start(type, {
      workflowId,
      taskQueue: MAIN_QUEUE,
      args: [{ endpoint_id: 'nobody' }],
    });
    await handle.result();
    for (const place of PLACES) {
      await reset(worker, workflowId, place);
      await worker.client.workflow.getHandle(workflowId).result();
    }
  });
});

describe('a task whose workflow is reset in Temporal', () => {
  test('and that tells its end by signal has failed, can be retried, and leaves nothing behind', async () => {
    const chain = Array.from({ length: 6 }, (_, index) => ({
      task_id: `c${index}`,
      depends_on: index === 0 ? [] : [`c${index - 1}`],
    }));
    const plan = planOf([{ task_id: 'long', command: counted('long') }, ...chain]);
    const job = await startJob(worker, { plan }, { continue_after_events: 40, adopted_check_seconds: 1 });
    const { runId } = await job.handle.describe();
    await job.taskReaches('c5', 'completed');
    const latest = () => worker.client.workflow.getHandle(job.handle.workflowId).describe();
    await until(async () => (await latest()).runId !== runId, { what: 'the job to continue as new' });
    const id = taskWorkflowId(job.job_id, 'long');
    await reset(worker, id, 'last');
    const view = await job.taskReaches('long', 'failed');
    expect(view.tasks[0]!.error).toMatchObject({ code: 'reset' });
    await writeFile(fileOf(job, 'go'), 'went on');
    await job.update('retry_task', { task_id: 'long' });
    expect(await worker.client.workflow.getHandle(job.handle.workflowId).result()).toMatchObject({
      status: 'completed',
    });
    expect((await job.status()).tasks[0]).toMatchObject({ status: 'completed', attempt: 2 });
  });

  test.each(PLACES)('to the %s workflow task has failed, and can be retried', async (place) => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'a', command: counted('a') }]) });
    await until(async () => (await readFile(fileOf(job, 'ran'), 'utf8')).includes('a'));
    await reset(worker, taskWorkflowId(job.job_id, 'a'), place);
    const view = await job.taskReaches('a', 'failed');
    expect(view.tasks[0]!.error).toMatchObject({ code: 'reset' });
    await writeFile(fileOf(job, 'go'), 'went on');
    await job.update('retry_task', { task_id: 'a' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });
});
