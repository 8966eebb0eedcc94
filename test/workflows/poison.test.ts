import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection, WorkflowClient } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../contracts/command.ts';
import { taskWorkflowId, WEBHOOK_NOTIFICATION, WORKFLOW } from '../../contracts/names.ts';
import * as messages from '../../workflows/messages.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
/** takes messages of any size: histories with many megabytes of signals among them */
let reader: WorkflowClient;
beforeAll(async () => {
  worker = await startTestWorker();
  const { address, namespace } = worker;
  const connection = await Connection.connect({
    address,
    channelArgs: { 'grpc.max_receive_message_length': -1 },
  });
  reader = new WorkflowClient({ connection, namespace });
});
afterAll(async () => {
  await reader.connection.close();
  await worker.close();
});

const AT_ONCE = 10;

const waitFor = (name: string) => `while [ ! -s ${name} ]; do sleep 0.05; done; cat ${name}`;
const letGo = (job: TestJob, name = 'go') =>
  writeFile(join(worker.folder, 'work', job.job_id, name), 'went on');

const SIGNALS = Object.values(messages).flatMap((one) =>
  typeof one === 'object' && one.type === 'signal' ? [one.name] : [],
);
const TO_TASKS = [
  ...[messages.leaseGrant, messages.askAnswer, messages.postAnswer, messages.leadAnswer, messages.deliver],
  ...[messages.slotGrant, messages.reportBySignal, messages.hold, messages.callback],
].map(({ name }) => name as string);
const TO_JOBS = SIGNALS.filter((name) => !TO_TASKS.includes(name));

const deep = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
const payload = (encoding: string, data: string) => ({
  metadata: { encoding: Buffer.from(encoding) },
  data: Buffer.from(data),
});

/** What people, and programs that went wrong, send. */
const PAYLOADS = {
  nothing: [],
  'an empty text': [payload('json/plain', '')],
  'an empty object': [payload('json/plain', '{}')],
  null: [payload('json/plain', 'null')],
  'a text': [payload('json/plain', '"a"')],
  'a list': [payload('json/plain', '[1]')],
  'no JSON': [payload('json/plain', '{')],
  bytes: [payload('binary/plain', 'abc')],
  'an unknown encoding': [payload('x/y', 'abc')],
  'ids that every object has': [
    payload(
      'json/plain',
      '{"task_id":"constructor","lease_id":"__proto__","task_ids":["constructor"],"generation":1,"attempt":1,"spent_usd":1,"amount_usd":1,"parked_until":null,"why":""}',
    ),
  ],
  'wrong types': [
    payload(
      'json/plain',
      '{"task_id":1,"task_ids":5,"lease_id":{},"generation":"x","requests":[{}],"messages":[1],"answers":{},"ask":{},"data":null,"outcome":{"status":"completed"}}',
    ),
  ],
  '20,000 levels': [payload('json/plain', `{"task_id":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)],
  'a megabyte': [payload('json/plain', JSON.stringify({ task_id: 'a', ['x'.repeat(1_000_000)]: 1 }))],
  'three arguments': [payload('json/plain', '{}'), payload('json/plain', '1'), payload('json/plain', '2')],
};

/** Sends payloads as they are, past what the client would make of a value. */
async function signalRaw(workflowId: string, signalName: string, payloads: object[]): Promise<void> {
  await worker.connection.workflowService.signalWorkflowExecution({
    namespace: worker.namespace,
    workflowExecution: { workflowId },
    signalName,
    input: { payloads },
    requestId: randomUUID(),
  });
}

/** What workflow tasks failed with, where it was not the server that had something new. */
async function failedTasks(workflowId: string): Promise<unknown[]> {
  const { events } = await reader.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed?.failure?.message && failed.failure.message !== 'UnhandledCommand' ? [failed.failure.message] : [],
  );
}

/** Waits until a task's workflow is there: signals reach it. */
const untilStarted = (job: TestJob, task: string) =>
  until(() => worker.client.workflow.getHandle(taskWorkflowId(job.job_id, task)).describe(), {
    what: `the workflow of ${task}`,
  });

describe('signals that nobody of the service would send', () => {
  test.each(Object.entries(PAYLOADS))('with %s leave a job as it was', async (_, payloads) => {
    const job = await startJob(worker, {
      plan: planOf([
        { task_id: 'a', command: waitFor('go') },
        { task_id: 'b', agent: 'human' },
      ]),
    });
    await job.taskReaches('a', 'running');
    await job.taskReaches('b', 'blocked');
    const { workflowId } = job.handle;
    const before = await job.status();
    const harmless = ['pause', 'resume', 'cancel', 'finish', 'reject', 'release_gates'];
    const commands = Object.keys(COMMANDS).filter((name) => !harmless.includes(name));
    const names = [...TO_JOBS, ...commands, 'no_such_signal', 'x'.repeat(200)];
    const refusals = async () => (await job.events()).filter(({ type }) => type === 'command.refused');
    // a few at a time, so that no workflow task brings them all: together they are as large as Temporal lets a history grow
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const some = names.slice(at, at + AT_ONCE);
      for (const name of some) await signalRaw(workflowId, name, payloads);
      await until(async () => (await refusals()).length >= at + some.length - 3, { what: 'the refusals' });
    }
    const refused = await refusals();
    expect(refused.every(({ actor }) => actor === 'temporal')).toBe(true);
    expect(JSON.stringify(refused).length).toBeLessThan(100_000);
    const after = await job.status();
    const { last_seq } = before;
    expect({ ...after, tasks: [], last_seq }).toEqual({ ...before, tasks: [] });
    expect(after.tasks.map(({ status }) => status)).toEqual(['running', 'blocked']);
    expect(await failedTasks(workflowId)).toEqual([]);

    await letGo(job);
    await job.update('complete_task', { task_id: 'b', output: 'done' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect((await job.status()).tasks.map(({ status }) => status)).toEqual(['completed', 'completed']);
  });

  test('leave a task as it was', async () => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'a', command: waitFor('go') }]) });
    const id = taskWorkflowId(job.job_id, 'a');
    await untilStarted(job, 'a');
    for (const payloads of Object.values(PAYLOADS)) {
      for (const name of [...TO_TASKS, 'no_such_signal']) await signalRaw(id, name, payloads);
    }
    await letGo(job);
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(await failedTasks(id)).toEqual([]);
  });

  test('leave the workflows of webhooks, deletions and the sweep as they were', async () => {
    const starts = [
      { type: WORKFLOW.webhooks, args: [{ endpoint_id: 'nobody' }], signal: WEBHOOK_NOTIFICATION },
      { type: WORKFLOW.delete, args: [{ job_id: `none-${randomUUID()}` }], signal: 'no_such_signal' },
      { type: WORKFLOW.sweep, args: [], signal: 'no_such_signal' },
    ];
    for (const { type, args, signal } of starts) {
      for (const payloads of Object.values(PAYLOADS)) {
        const workflowId = `poisoned-${randomUUID()}`;
        await worker.connection.workflowService.signalWithStartWorkflowExecution({
          namespace: worker.namespace,
          workflowId,
          workflowType: { name: type },
          taskQueue: { name: 'orchestrator' },
          input: { payloads: args.map((arg) => payload('json/plain', JSON.stringify(arg))) },
          signalName: signal,
          signalInput: { payloads },
          requestId: randomUUID(),
        });
        await worker.client.workflow.getHandle(workflowId).result();
      }
    }
  });
});

describe('signals that tasks send, sent by hand', () => {
  test('end no task, give no money away and take none', async () => {
    const job = await startJob(worker, {
      budget_usd: 1,
      plan: planOf([
        { task_id: 'a', command: waitFor('go') },
        { task_id: 'b', depends_on: ['a'] },
      ]),
    });
    await untilStarted(job, 'a');
    const settled = {
      ...{ attempt: 1, agent: null, worker: null },
      outcome: { status: 'completed', output: { preview: 'made up', bytes: 7 }, artifacts: [] },
    };
    const signal = (name: string, argument: object) => job.handle.signal(name, argument);
    await signal('task_settled', { task_id: 'a', generation: 1, ...settled });
    await signal('task_settled', { task_id: 'a', generation: 7, ...settled });
    await signal('task_settled', { task_id: 'b', generation: 0, ...settled });
    await signal('task_adopted', { task_id: 'a', generation: 1 });
    await signal('lease_return', { task_id: 'a', lease_id: 'x', spent_usd: 1e6 });
    await signal('lease_request', { task_id: 'b', lease_id: 'y', amount_usd: 1 });
    await worker.client.workflow
      .getHandle(taskWorkflowId(job.job_id, 'a'))
      .signal('lease_grant', { lease_id: 'z', granted: true, amount_usd: 1e6 });
    await until(async () => (await job.events()).some(({ data }) => data.command === 'task_adopted'));
    const view = await job.status();
    expect(view.tasks.map(({ status }) => status)).toEqual(['running', 'pending']);
    expect(view.budget).toMatchObject({ spent_usd: 0, reserved_usd: 0 });
    await letGo(job);
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect((await job.status()).tasks[0]!.output_preview).toBe('went on');
  });
});

describe('queries and updates that nobody of the service would send', () => {
  test('are answered or refused, and leave the job as it was', async () => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'b', agent: 'human' }]) });
    await job.taskReaches('b', 'blocked');
    const queries = Object.values(messages).flatMap((one) =>
      typeof one === 'object' && one.type === 'query' ? [one.name] : [],
    );
    const own = queries.filter((name) => name !== messages.conversationQuery.name);
    for (const name of own) {
      for (const payloads of Object.values(PAYLOADS)) {
        await worker.connection.workflowService.queryWorkflow({
          namespace: worker.namespace,
          execution: { workflowId: job.handle.workflowId },
          query: { queryType: name, queryArgs: { payloads } },
        });
      }
    }
    await expect(job.handle.query('no_such_query')).rejects.toThrow(/no_such_query/);
    const update = (name: string, args: unknown[]) =>
      job.handle.executeUpdate(name, { args: args as [unknown], updateId: randomUUID() });
    await expect(update('no_such_update', [])).rejects.toThrow();
    await expect(update('retry_task', [])).rejects.toThrow();
    await expect(update('complete_task', [{ task_id: 'b', outputs: { a: deep(20_000) } }])).rejects.toThrow();
    await expect(update('complete_task', ['x', 'y', 'z'])).rejects.toThrow();
    await expect(update('approve', [{ ['x'.repeat(1_000_000)]: 1 }])).rejects.toThrow();
    expect(await failedTasks(job.handle.workflowId)).toEqual([]);
    await update('pause', []);
    await update('resume', [null]);
    await job.update('complete_task', { task_id: 'b', output: 'done' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });
});
