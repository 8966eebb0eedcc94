import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { jobWorkflowId, PLANNED } from '../../contracts/names.ts';
import { workflowModules } from '../../worker/workflow-bundle.ts';
import type { PlannedAnswer } from '../../workflows/types.ts';
import { collectRuns } from '../replay/collect.ts';
import { replay } from '../replay/replay.ts';
import { startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startApi } from './setup.ts';

let api: Awaited<ReturnType<typeof startApi>>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const submission = (rest: Record<string, unknown> = {}) => ({
  title: 'A test',
  description: 'x',
  plan: { tasks: [{ task_id: 'a', title: 'a', agent: 'command', command: 'true' }] },
  ...rest,
});

const handleOf = (job_id: string) => api.worker.client.workflow.getHandle(jobWorkflowId(job_id));

test('the answer of a submit is what the job says of itself, whether its plan waits for a person or not', async () => {
  const { status, body } = await api.ask('POST', '/orchestrate/submit', submission());
  expect(status).toBe(201);
  expect(body.status).toBe('awaiting_approval');
  const { body: read } = await api.ask('GET', `/orchestrate/${body.job_id}/plan`);
  expect(body.plan).toEqual(read);
  const auto = await api.ask('POST', '/orchestrate/submit', submission({ approval: 'auto' }));
  expect(auto.status).toBe(201);
  expect(['awaiting_approval', 'planning']).not.toContain(auto.body.status);
  expect(auto.body.plan.version).toBe(1);
});

test('a history with the update replays', async () => {
  const { job_id } = (await api.ask('POST', '/orchestrate/submit', submission({ approval: 'auto' }))).body;
  await handleOf(job_id).result();
  const runs = await collectRuns(api.worker.client, [jobWorkflowId(job_id)]);
  const types = JSON.stringify(runs);
  expect(types).toContain('WORKFLOW_EXECUTION_UPDATE_COMPLETED');
  expect(await replay(runs, inject('workflowBundle')!)).toEqual([]);
});

test('the same key gives the same job, one who comes later included, and another body 409', async () => {
  const headers = { 'idempotency-key': 'planned-once' };
  const send = (body: object) => api.ask('POST', '/orchestrate/submit', body, headers);
  const answers = await Promise.all([send(submission()), send(submission()), send(submission())]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
  expect(new Set(answers.map(({ body }) => body.job_id)).size).toBe(1);
  for (const { body } of answers) expect(body).toEqual(answers[0]!.body);
  expect((await send(submission({ title: 'Another' }))).status).toBe(409);
});

test('a job that is to go on in a new run lets nobody wait in the one that ends', {
  timeout: 120_000,
}, async () => {
  const job = await startJob(
    api.worker,
    { description: '1. Look around\n2. Write it down', approval: 'required' },
    { continue_after_events: 4 },
  );
  await job.reach('awaiting_approval');
  const before = (await job.handle.describe()).runId;
  await api.worker.stopWorker();
  // both come with one workflow task, after which the history is long and there is no plan
  const revised = job.update('revise', { feedback: 'Leave out the second step' });
  const planned = job.handle.executeUpdate<PlannedAnswer, []>(PLANNED, { updateId: 'waits', args: [] });
  await Promise.all([expect(revised).resolves.toBeDefined(), api.worker.restart()]);
  expect((await planned).status).toMatch(/^(planning|awaiting_approval)$/);
  await job.reach('awaiting_approval');
  const isContinued = async () => {
    if ((await job.handle.describe()).runId !== before) return true;
    // on a busy machine what was on its way took too long, and it tries again later, at a change
    await job.update('revise', { feedback: 'Leave out the second step' });
    await job.reach('awaiting_approval');
    return false;
  };
  await until(isContinued, { timeoutMs: 60_000, what: 'the new run' });
  await job.update('cancel');
  await job.reach('cancelled');
});

test('a submit while no worker runs is taken, and says that it is still planning', async () => {
  await api.worker.stopWorker();
  const headers = { prefer: 'wait=1', 'idempotency-key': 'nobody-there' };
  const first = await api.ask('POST', '/orchestrate/submit', submission(), headers);
  expect(first).toMatchObject({ status: 202, body: { status: 'planning', plan: null } });
  expect((await handleOf(first.body.job_id).describe()).status.name).toBe('RUNNING');
  const again = await api.ask('POST', '/orchestrate/submit', submission(), headers);
  expect(again).toMatchObject({ status: 200, body: { job_id: first.body.job_id } });
  await api.worker.restart();
  const later = await api.ask('POST', '/orchestrate/submit', submission(), {
    'idempotency-key': 'nobody-there',
  });
  expect(later).toMatchObject({ status: 200, body: { status: 'awaiting_approval', plan: { version: 1 } } });
});

/** A worker of before: its workflow is today's but for the update, which it does not know. */
test('a worker that does not know the update is asked as before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-old-'));
  const { code } = await bundleWorkflowCode({
    ...workflowModules(),
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => ({
      ...config,
      module: {
        ...config.module,
        rules: [
          ...(config.module?.rules ?? []),
          {
            test: /workflows\/job\/handlers\.ts$/,
            use: new URL('./without-planned.cjs', import.meta.url).pathname,
          },
        ],
      },
    }),
  });
  const codePath = join(folder, 'old.js');
  await writeFile(codePath, code);
  await api.worker.restart({}, codePath);
  try {
    const { status, body } = await api.ask('POST', '/orchestrate/submit', submission());
    expect({ status, said: body.status }).toEqual({ status: 201, said: 'awaiting_approval' });
    expect(body.plan.tasks).toHaveLength(1);
    const { events } = await handleOf(body.job_id).fetchHistory();
    expect(JSON.stringify(events)).not.toContain('UPDATE_ACCEPTED');
  } finally {
    await api.worker.restart();
    await rm(folder, { recursive: true, force: true });
  }
});
