import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  deleteWorkflowId,
  jobWorkflowId,
  MAIN_QUEUE,
  SWEEP_ID,
  taskWorkflowId,
} from '../../contracts/names.ts';
import { freePort } from '../../runtime/ports.ts';
import { callback } from '../../workflows/messages.ts';
import { AGENTS_ON_LOOPBACK } from '../http-agent/setup.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
const briefs: Record<string, unknown>[] = [];
const agent = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const brief = JSON.parse(body);
    briefs.push(brief);
    const later = brief.task_id === 'later';
    response.writeHead(later ? 202 : 200, { 'content-type': 'application/json' });
    response.end(later ? '' : JSON.stringify({ output: 'served', outputs: { n: 1 } }));
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  const base_url = `http://127.0.0.1:${(agent.address() as AddressInfo).port}/`;
  worker = await startTestWorker({
    config: {
      tools: AGENTS_ON_LOOPBACK,
      agents: [
        { name: 'service', base_url, capabilities: ['serving'] },
        { name: 'gone', base_url: `http://127.0.0.1:${await freePort('127.0.0.1')}/` },
      ],
    },
  });
});
afterAll(async () => {
  await worker.close();
  agent.close();
});

const isGone = (workflowId: string) =>
  worker.client.workflow
    .getHandle(workflowId)
    .describe()
    .then(
      () => false,
      () => true,
    );

const remove = (job: TestJob) =>
  worker.client.workflow.execute('deleteWorkflow', {
    workflowId: deleteWorkflowId(job.job_id),
    taskQueue: MAIN_QUEUE,
    args: [{ job_id: job.job_id }],
  });
const sweep = () =>
  worker.client.workflow.execute<
    () => Promise<{ cancelled_tasks: number; archived_jobs: number; resumed_deletions: number }>
  >('sweepWorkflow', { workflowId: `${SWEEP_ID}-test`, taskQueue: MAIN_QUEUE, args: [] });

describe('agents over HTTP', () => {
  test('answer at once, are matched by capability, and call back later', async () => {
    const job = await startJob(worker, {
      plan: planOf([
        { task_id: 'now', agent: 'service' },
        { task_id: 'matched', agent: null, capabilities: ['serving'] },
        { task_id: 'later', agent: 'service' },
      ]),
    });
    await until(() => briefs.some(({ task_id, job_id }) => task_id === 'later' && job_id === job.job_id));
    await job.taskReaches('now', 'completed');
    const answer = {
      attempt: 1,
      output: { preview: 'late', bytes: 4, text: 'late' },
      artifacts: [],
      error: null,
    };
    await worker.client.workflow.getHandle(taskWorkflowId(job.job_id, 'later')).signal(callback, answer);
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const view = await job.status();
    expect(view.tasks.map(({ output_preview, agent: by }) => [output_preview, by])).toEqual([
      ['served', 'service'],
      ['served', 'service'],
      ['late', 'service'],
    ]);
  });

  test('nobody there blocks the task with an alert; a retry with another agent goes on', async () => {
    const job = await startJob(worker, {
      plan: planOf([
        { task_id: 'refused', agent: 'gone' },
        { task_id: 'unmatched', agent: null, capabilities: ['flying'] },
      ]),
    });
    const view = await job.reach('needs_review');
    expect(view.tasks.map(({ status, reason }) => [status, reason])).toEqual([
      ['blocked', 'no_agent'],
      ['blocked', 'no_agent'],
    ]);
    expect((await job.events()).filter(({ type }) => type === 'alert').length).toBeGreaterThanOrEqual(2);
    await job.update('retry_task', { task_id: 'refused', agent: 'service' });
    await job.update('retry_task', { task_id: 'unmatched', agent: 'service' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });
});

test('a task for a model without a provider is blocked, and says what to do', async () => {
  const job = await startJob(worker, { plan: planOf([{ task_id: 'think', agent: 'general' }]) });
  const view = await job.reach('needs_review');
  expect(view.tasks[0]).toMatchObject({ status: 'blocked', reason: 'no_provider' });
  expect(view.tasks[0]!.error!.message).toContain('ANTHROPIC_API_KEY');
  await job.update('cancel');
  await job.result();
});

describe('how a job ends', () => {
  const half = planOf([{ task_id: 'good' }, { task_id: 'bad', command: 'exit 1', max_attempts: 1 }]);

  test('continue: completed and partial when something was done', async () => {
    const job = await startJob(worker, { on_task_failure: 'continue', plan: half });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(await job.status()).toMatchObject({ partial: true, stats: { completed: 1, failed: 1 } });
  });

  test('fail: the rest is stopped', async () => {
    const plan = planOf([
      { task_id: 'slow', command: 'sleep 300' },
      { task_id: 'bad', command: 'exit 1', max_attempts: 1 },
    ]);
    const job = await startJob(worker, { on_task_failure: 'fail', plan });
    expect(await job.result()).toMatchObject({ status: 'failed' });
    expect((await job.status()).tasks.map(({ status }) => status)).toEqual(['cancelled', 'failed']);
  });

  test('a host that is gone is said, and a retry takes another one', async () => {
    const plan = planOf([
      { task_id: 'first' },
      { task_id: 'ask', agent: 'human', depends_on: ['first'] },
      { task_id: 'second', depends_on: ['ask'] },
    ]);
    const job = await startJob(worker, { plan }, { host_wait_seconds: 1 });
    await job.taskReaches('ask', 'blocked');
    await worker.restart({ host_id: 'another-host' });
    await job.update('complete_task', { task_id: 'ask' });
    const view = await job.reach('needs_review');
    expect(view.tasks[2]).toMatchObject({ status: 'blocked', reason: 'host_lost' });
    await job.update('retry_task', { task_id: 'second' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });

  test('a command that nobody takes is out of time like one that takes too long', async () => {
    const plan = planOf([
      { task_id: 'first' },
      { task_id: 'ask', agent: 'human', depends_on: ['first'] },
      { task_id: 'second', timeout_seconds: 1, max_attempts: 1, depends_on: ['ask'] },
    ]);
    const job = await startJob(worker, { plan });
    await job.taskReaches('ask', 'blocked');
    await worker.restart({ host_id: 'a-third-host' });
    await job.update('complete_task', { task_id: 'ask' });
    const { tasks } = await job.reach('needs_review');
    expect(tasks[2]).toMatchObject({
      status: 'failed',
      error: { code: 'timeout', message: 'not done within 1 s' },
    });
    await job.update('cancel');
  });
});

describe('deleting', () => {
  test('stops a running job and removes everything of it but the ledger', async () => {
    const job = await startJob(worker, {
      plan: planOf([{ task_id: 'slow', command: 'echo begun; sleep 300' }]),
    });
    await job.taskReaches('slow', 'running');
    await worker.store.putTombstone(job.job_id, 'local');
    await remove(job);
    expect(await isGone(jobWorkflowId(job.job_id))).toBe(true);
    expect(await isGone(taskWorkflowId(job.job_id, 'slow'))).toBe(true);
    expect(existsSync(join(worker.folder, 'work', job.job_id))).toBe(false);
    expect(await worker.store.readEvents(job.job_id, 0, 10)).toEqual([]);
    expect(await worker.store.readArchived(job.job_id)).toBeNull();
    expect((await worker.store.getTombstone(job.job_id))!.erased_at).not.toBeNull();
  });
});

describe('the sweep', () => {
  test('archives a job that was terminated, and cancels its tasks', async () => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'slow', command: 'sleep 300' }]) });
    await job.taskReaches('slow', 'running');
    await until(() => worker.client.workflow.getHandle(taskWorkflowId(job.job_id, 'slow')).describe(), {
      what: 'the task',
    });
    await job.handle.terminate('a test');
    await until(
      async () => {
        await sweep();
        return worker.store.readArchived(job.job_id);
      },
      { what: 'the archive row' },
    );
    const archived = await worker.store.readArchived(job.job_id);
    expect(archived!.view).toMatchObject({ status: 'failed', error: { code: 'terminated' } });
    const task = worker.client.workflow.getHandle(taskWorkflowId(job.job_id, 'slow'));
    await until(async () => (await task.describe()).status.name === 'COMPLETED', { what: 'the task to end' });
  });

  test('goes on with a deletion that was only begun', async () => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'a' }]) });
    await job.result();
    await worker.store.putTombstone(job.job_id, 'local');
    expect(await sweep()).toMatchObject({ resumed_deletions: 1 });
    await until(() => worker.client.workflow.getHandle(deleteWorkflowId(job.job_id)).describe(), {
      what: 'the deletion',
    });
    await until(async () => (await worker.store.readArchived(job.job_id)) === null, {
      what: 'the archive row to go',
    });
  });
});
