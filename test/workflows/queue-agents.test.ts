import { ApplicationFailure, Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { AgentBrief } from '../../contracts/http-agent.ts';
import { AgentRegistration } from '../../contracts/registry.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
let connection: NativeConnection;
const agents: (() => Promise<void>)[] = [];
beforeAll(async () => {
  worker = await startTestWorker();
  connection = await NativeConnection.connect({ address: worker.address });
});
afterEach(async () => {
  for (const stop of agents.splice(0)) await stop();
});
afterAll(async () => {
  await connection.close();
  await worker.close();
});

/** A Temporal worker of its own with the one activity of an agent, registered for a skill of the same name. */
async function serve(name: string, execute_task: (brief: AgentBrief) => Promise<unknown>, rest: object = {}) {
  const running = await Worker.create({
    connection,
    namespace: worker.namespace,
    taskQueue: name,
    activities: { execute_task },
    maxHeartbeatThrottleInterval: '100 milliseconds',
  });
  const done = running.run();
  agents.push(async () => {
    running.shutdown();
    await done;
  });
  await register(name, rest);
}

const register = (name: string, rest: object = {}) =>
  worker.store.registerAgent(
    'local',
    AgentRegistration.parse({
      ...{ agent_id: name, agent_name: name, task_queue: name, capabilities: [{ name }] },
      ...rest,
    }),
  );

test('gets the brief on its own queue, and its result is the task', async () => {
  const briefs: AgentBrief[] = [];
  await serve('typist', async (brief) => {
    briefs.push(brief);
    const artifacts = [{ name: 'note.txt', content: 'a note' }];
    return { output: 'typed', outputs: { pages: 2 }, artifacts };
  });
  const plan = planOf([{ task_id: 'a', agent: null, capabilities: ['typist'], description: 'type it' }]);
  const job = await startJob(worker, { plan });
  const view = await job.reach('completed');
  expect(view.tasks[0]).toMatchObject({ agent: 'typist', output_preview: 'typed', outputs: { pages: 2 } });
  expect(briefs).toHaveLength(1);
  expect(briefs[0]).toMatchObject({
    ...{ job_id: job.job_id, owner: 'local', task_id: 'a', attempt: 1, description: 'type it' },
  });
  expect(Object.keys(briefs[0]!)).not.toContain('callback_url');
  const events = await job.events();
  expect(events.find(({ type }) => type === 'artifact.created')?.data).toMatchObject({ name: 'note.txt' });
  expect((await worker.store.listAgents('local'))[0]?.load).toBe(0);
});

test('gets a brief that is too large for our histories whole: it knows nothing of our store', async () => {
  const briefs: AgentBrief[] = [];
  await serve('reader', async (brief) => {
    briefs.push(brief);
    return { output: 'read' };
  });
  const description = '€'.repeat(100_000);
  const job = await startJob(worker, { plan: planOf([{ task_id: 'a', agent: 'reader', description }]) });
  await job.reach('completed');
  expect(briefs[0]!.description === description).toBe(true);
});

test('what it throws fails the attempt under its own name; a non-retryable failure is not repeated', async () => {
  let calls = 0;
  await serve('faulty', async () => {
    calls += 1;
    throw ApplicationFailure.nonRetryable('no paper', 'out_of_paper');
  });
  const job = await startJob(worker, { plan: planOf([{ task_id: 'a', agent: 'faulty' }]) });
  const view = await job.reach('needs_review');
  expect(view.tasks[0]).toMatchObject({
    status: 'failed',
    error: { code: 'out_of_paper', message: 'no paper' },
  });
  expect(calls).toBe(1);
});

test('a result that is no answer fails the attempt, and another one is made', async () => {
  let calls = 0;
  await serve('vague', async () => {
    calls += 1;
    return calls === 1 ? { output: 5 } : { output: 'better' };
  });
  const job = await startJob(worker, { plan: planOf([{ task_id: 'a', agent: 'vague' }]) });
  expect((await job.reach('completed')).tasks[0]).toMatchObject({ attempt: 2, output_preview: 'better' });
});

test('over its SLA it is stopped, and hears of it by its heartbeats', async () => {
  let stopped = 0;
  await serve(
    'sleepy',
    async () => {
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat(), 50);
      try {
        await context.cancelled;
      } finally {
        stopped += 1;
        clearInterval(beat);
      }
    },
    { sla_seconds: 0.5 },
  );
  const plan = planOf([{ task_id: 'a', agent: 'sleepy', max_attempts: 1 }]);
  const view = await (await startJob(worker, { plan })).reach('needs_review');
  expect(view.tasks[0]?.error?.code).toBe('sla_exceeded');
  await until(() => stopped === 1, { what: 'the activity to end' });
});

test('a worker that is lost in the middle is noticed by its silence, long before the time is over', async () => {
  let calls = 0;
  await serve(
    'frail',
    async () => {
      calls += 1;
      const context = Context.current();
      context.heartbeat();
      // as if its process were gone: nothing is heard of it any more
      if (calls === 1) await context.cancelled;
      return { output: 'on the second try' };
    },
    { heartbeat_seconds: 1 },
  );
  const plan = planOf([{ task_id: 'a', agent: 'frail', timeout_seconds: 3600 }]);
  const job = await startJob(worker, { plan });
  expect((await job.reach('completed')).tasks[0]).toMatchObject({
    attempt: 2,
    output_preview: 'on the second try',
  });
  const retrying = (await job.events()).find(({ type }) => type === 'task.retrying');
  expect(JSON.stringify(retrying)).toContain('worker_lost');
});

test('an agent that registers late takes what waited for it', async () => {
  const job = await startJob(worker, {
    plan: planOf([{ task_id: 'a', agent: null, capabilities: ['tardy'] }]),
  });
  await job.taskReaches('a', 'blocked');
  await serve('tardy', async () => ({ output: 'here' }));
  const sweep = await worker.client.workflow.start('sweepWorkflow', {
    workflowId: `sweep-${job.job_id}`,
    taskQueue: 'orchestrator',
  });
  await sweep.result();
  expect((await job.reach('completed')).tasks[0]?.output_preview).toBe('here');
});
