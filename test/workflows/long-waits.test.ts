import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { temporalPort } from '../../activities/temporal-port.ts';
import { hostQueue, MAIN_QUEUE, SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import { commandUpdate, statusQuery } from '../../workflows/messages.ts';
import { testDeps } from '../setup/deps.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { quietSdk } from '../setup/quiet-sdk.ts';
import { hasTimeSkipping, startTimeSkipping } from '../setup/time-skipping.ts';

/** temporal.api.enums.v1.IndexedValueType */
const KEYWORD = 2;

/** Days pass in a moment: on the server whose clock jumps to the next timer. */
describe.skipIf(!hasTimeSkipping)('long waits (needs java and mvn)', () => {
  let env: TestWorkflowEnvironment;
  let folder: string;
  let workers: Worker[];
  let running: Promise<unknown>;
  let deps: Awaited<ReturnType<typeof testDeps>>;

  beforeAll(async () => {
    quietSdk();
    env = await startTimeSkipping();
    await env.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTES.map((name) => [name, KEYWORD])),
    });
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-time-'));
    deps = await testDeps(folder, {});
    const activities = createActivities({ ...deps, temporal: temporalPort(env.client) });
    const sinks = { journal: { said: { fn: () => {} } } };
    const shared = { connection: env.nativeConnection, activities, sinks };
    workers = [
      await Worker.create({
        ...shared,
        taskQueue: MAIN_QUEUE,
        workflowBundle: { codePath: inject('workflowBundle')! },
      }),
      await Worker.create({ ...shared, taskQueue: hostQueue(deps.host_id) }),
    ];
    running = Promise.all(workers.map((worker) => worker.run()));
  });
  afterAll(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await deps.store.close();
    await env.teardown();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (spec: Parameters<typeof startJob>[1]) =>
    startJob({ client: env.client, store: deps.store }, spec);

  test('a plan waits for its approval for weeks, and loses nothing', async () => {
    const job = await start({ approval: 'required', plan: planOf([{ task_id: 'a' }]) });
    await job.reach('awaiting_approval');
    await env.sleep('30 days');
    expect(await job.status()).toMatchObject({ status: 'awaiting_approval' });
    await job.update('approve');
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });

  test('a gate expires after the time that it was given, not before', async () => {
    const plan = planOf([{ task_id: 'gated', approval: 'required', approval_expires_seconds: 3 * 86_400 }]);
    const job = await start({ plan });
    await job.taskReaches('gated', 'awaiting_approval');
    await env.sleep('2 days');
    expect((await job.status()).tasks[0]).toMatchObject({ status: 'awaiting_approval' });
    await env.sleep('25 hours');
    const view = await job.reach('needs_review');
    expect(view.tasks[0]).toMatchObject({ status: 'blocked', reason: 'approval_expired' });
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
  });

  test('a human task has no time-out: it waits a year, and takes the answer', async () => {
    const job = await start({ plan: planOf([{ task_id: 'ask', agent: 'human', timeout_seconds: 60 }]) });
    await job.taskReaches('ask', 'blocked');
    await env.sleep('365 days');
    const handle = env.client.workflow.getHandle(job.handle.workflowId);
    expect(await handle.query(statusQuery)).toMatchObject({ status: 'running' });
    await handle.executeUpdate(commandUpdate('complete_task'), { args: [{ task_id: 'ask', output: '42' }] });
    expect(await job.result()).toMatchObject({ status: 'completed' });
  });

  test('back-off grows to a minute at most between twelve attempts', async () => {
    const plan = planOf([{ task_id: 'bad', command: 'exit 1', max_attempts: 12 }]);
    const job = await start({ on_task_failure: 'fail', plan });
    expect(await job.result()).toMatchObject({ status: 'failed' });
    const waits = (await job.events())
      .filter(({ type }) => type === 'task.retrying')
      .map(({ data }) => data.next_attempt_in_seconds as number);
    expect(waits).toHaveLength(11);
    expect(waits[0]).toBeLessThanOrEqual(1);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60);
    expect(Math.min(...waits.slice(6))).toBeGreaterThanOrEqual(30);
    expect((await job.status()).tasks[0]).toMatchObject({ attempt: 12 });
  });
});
