import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as messages from '../../workflows/messages.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

const statuses = (view: { tasks: { task_id: string; status: string }[] }) =>
  Object.fromEntries(view.tasks.map(({ task_id, status }) => [task_id, status]));

describe('gates', () => {
  test('a gated task waits, holds no slot, and runs once approved', async () => {
    const job = await startJob(worker, {
      max_workers: 1,
      plan: planOf([
        { task_id: 'gated', approval: 'required' },
        { task_id: 'other' },
        { task_id: 'last', depends_on: ['gated'] },
      ]),
    });
    const view = await job.taskReaches('other', 'completed');
    expect(view.status).toBe('running');
    expect(statuses(view)).toMatchObject({ gated: 'awaiting_approval', last: 'pending' });
    const [approval] = await job.handle.query(messages.approvalsQuery);
    expect(approval).toMatchObject({ approval_id: 'gate-gated', kind: 'gate', task_id: 'gated' });
    await job.update('decide_approval', { approval_id: 'gate-gated', decision: 'approve', actor: 'me' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const granted = (await job.events()).find(({ type }) => type === 'approval.granted');
    expect(granted).toMatchObject({ task_id: 'gated', actor: 'me' });
  });

  test('a rejected gate skips the task and what depends on it; the job completes', async () => {
    const job = await startJob(worker, {
      plan: planOf([
        { task_id: 'gated', approval: 'required' },
        { task_id: 'behind', depends_on: ['gated'] },
        { task_id: 'other' },
      ]),
    });
    await job.taskReaches('gated', 'awaiting_approval');
    await job.update('reject_task', { task_id: 'gated', reason: 'no' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const view = await job.status();
    expect(view.tasks.map(({ status, reason }) => [status, reason])).toEqual([
      ['skipped', 'rejected'],
      ['skipped', 'dependency_rejected'],
      ['completed', null],
    ]);
    expect(view.partial).toBe(false);
  });

  test('a gate that nobody decides expires into review, and can still be asked again', async () => {
    const job = await startJob(worker, {
      plan: planOf([{ task_id: 'gated', approval: 'required', approval_expires_seconds: 1 }]),
    });
    const view = await job.reach('needs_review');
    expect(view.tasks[0]).toMatchObject({ status: 'blocked', reason: 'approval_expired' });
    await job.update('retry_task', { task_id: 'gated' });
    await job.taskReaches('gated', 'awaiting_approval');
    await job.update('approve_task', { task_id: 'gated' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });
});

describe('human tasks', () => {
  test('wait for `complete` without a slot, and hand its output on', async () => {
    const job = await startJob(worker, {
      max_workers: 1,
      plan: planOf([
        { task_id: 'ask', agent: 'human', description: 'Which colour?' },
        { task_id: 'other' },
        {
          task_id: 'use',
          command: 'grep -o \'"output":"[a-z]*"\' "$ORCHESTRATOR_CONTEXT"',
          depends_on: ['ask'],
        },
      ]),
    });
    const view = await job.taskReaches('other', 'completed');
    expect(view.status).toBe('running');
    expect(view.tasks[0]).toMatchObject({ status: 'blocked', reason: 'waiting_for_person' });
    const answer = { task_id: 'ask', output: 'blue', outputs: { colour: 'blue' }, actor: 'ann' };
    expect(await job.update('complete_task', answer)).toMatchObject({ task_id: 'ask' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const done = await job.status();
    expect(done.tasks[0]).toMatchObject({
      status: 'completed',
      output_preview: 'blue',
      outputs: { colour: 'blue' },
    });
    expect(done.tasks[2]!.output_preview).toBe('"output":"blue"\n');
  });
});

describe('pause', () => {
  test('lets running work end and starts nothing until resumed', async () => {
    const job = await startJob(worker, {
      plan: planOf([
        { task_id: 'first', command: 'sleep 1' },
        { task_id: 'second', depends_on: ['first'] },
      ]),
    });
    await job.taskReaches('first', 'running');
    expect(await job.update('pause')).toMatchObject({ status: 'paused' });
    const view = await job.taskReaches('first', 'completed');
    expect(view.status).toBe('paused');
    await until(async () => (await job.events()).some(({ type }) => type === 'task.completed'));
    expect(statuses(await job.status())).toMatchObject({ second: 'pending' });
    await job.update('resume');
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });

  test('a task in back-off makes no attempt while the job is paused', async () => {
    const job = await startJob(worker, {
      plan: planOf([{ task_id: 'flaky', command: 'test "$ORCHESTRATOR_ATTEMPT" = 2' }]),
    });
    await until(async () => (await job.events()).some(({ type }) => type === 'task.retrying'));
    await job.update('pause');
    const history = () => worker.client.workflow.getHandle(`job-${job.job_id}/task-flaky`).fetchHistory();
    const count = async (kind: string) =>
      (await history()).events!.filter((event) => kind in event && event[kind as never]).length;
    await until(async () => (await count('timerFiredEventAttributes')) > 0, {
      what: 'the back-off to be over',
    });
    expect(await count('activityTaskScheduledEventAttributes')).toBe(1);
    await job.update('resume');
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect((await job.status()).tasks[0]).toMatchObject({ attempt: 2 });
  });
});

describe('an operator in the Temporal Web UI', () => {
  test('approves and retries by signal; what cannot be followed says why and changes nothing', async () => {
    const job = await startJob(worker, {
      approval: 'required',
      plan: planOf([{ task_id: 'bad', command: 'test -f fixed', max_attempts: 1 }]),
    });
    await job.reach('awaiting_approval');
    await job.handle.signal('approve', { plan_version: 7 });
    await job.handle.signal('approve', {});
    await job.reach('needs_review');
    await job.handle.signal('retry_task', { task_id: 'nope' });
    await job.handle.signal('retry_task', { wrong: true });
    await job.handle.signal('send_message', { to: 'x', content: 'y' });
    await job.handle.signal('skip_task', { task_id: 'bad' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const refused = (await job.events()).filter(({ type }) => type === 'command.refused');
    expect(refused.map(({ data }) => [data.command, data.code])).toEqual([
      ['approve', 'stale_version'],
      ['retry_task', 'not_found'],
      ['retry_task', 'validation'],
      ['send_message', 'not_found'],
    ]);
  });

  test('updates with bad arguments are refused with every problem, and leave nothing behind', async () => {
    const job = await startJob(worker, { approval: 'required', plan: planOf([{ task_id: 'a' }]) });
    await job.reach('awaiting_approval');
    const before = (await job.events()).length;
    const refusal = await job
      .update('approve', { plan_version: 9 })
      .catch((error: { cause: unknown }) => error.cause);
    expect(refusal).toMatchObject({ type: 'CommandRefused', details: [{ code: 'stale_version' }] });
    const invalid = await job
      .update('revise', { feedback: '' })
      .catch((error: { cause: unknown }) => error.cause);
    expect(invalid).toMatchObject({ details: [{ code: 'validation', fields: [{ path: 'feedback' }] }] });
    expect((await job.events()).length).toBe(before);
    await job.update('reject', { reason: 'not needed' });
    expect(await job.result()).toMatchObject({ status: 'rejected' });
  });

  test('the same request is followed once, and answered the same again', async () => {
    const job = await startJob(worker, {
      approval: 'required',
      plan: planOf([{ task_id: 'a', agent: 'human' }]),
    });
    await job.reach('awaiting_approval');
    const first = await job.update('approve', { request_id: 'r1', body_hash: 'h1' });
    const again = await job.update('approve', { request_id: 'r1', body_hash: 'h1' });
    expect(again).toEqual(first);
    const other = await job
      .update('approve', { request_id: 'r1', body_hash: 'h2' })
      .catch((error: { cause: unknown }) => error.cause);
    expect(other).toMatchObject({ details: [{ code: 'idempotency_conflict' }] });
    await job.update('cancel');
    await job.result();
  });
});
