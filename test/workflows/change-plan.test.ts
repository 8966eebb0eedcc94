import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as messages from '../../workflows/messages.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

/** A command that goes on when its file is there. */
const waitFor = (name: string) => `while [ ! -f ${name} ]; do sleep 0.05; done`;
async function release(job: TestJob, name: string): Promise<void> {
  const folder = join(worker.folder, 'work', job.job_id);
  // a task counts as running a little before its folder is there
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), '');
}
/** `first` runs until it is released, `second` waits for it. */
const plan = () =>
  planOf([
    { task_id: 'first', command: waitFor('go') },
    { task_id: 'second', depends_on: ['first'], command: 'echo as planned' },
  ]);
const [later] = planOf([{ task_id: 'later', depends_on: ['second'] }]).tasks;
const change = { add: [later!], change: [{ task_id: 'second', command: 'echo otherwise' }] };
const outputs = async (job: TestJob) =>
  (await job.status()).tasks.map(({ task_id, output_preview }) => [task_id, output_preview]);

test('a change while tasks run takes effect at once, and the old version is kept', async () => {
  const job = await startJob(worker, { plan: plan() });
  await job.taskReaches('first', 'running');
  const answer = await job.update('change_plan', { ...change, version: 1, actor: 'ann' });
  expect(answer).toMatchObject({ status: 'running', plan_version: 2 });
  await expect(job.update('change_plan', { drop: ['first'] })).rejects.toThrow();
  await release(job, 'go');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(await outputs(job)).toEqual([
    ['first', ''],
    ['second', 'otherwise\n'],
    ['later', ''],
  ]);
  const { versions } = await job.handle.query(messages.planQuery);
  expect(versions).toEqual([1, 2]);
  const edited = (await job.events()).find(({ type }) => type === 'plan.edited');
  expect(edited).toMatchObject({
    actor: 'ann',
    data: { added: ['later'], changed: ['second'], dropped: [] },
  });
});

test('with every_version it waits for a person, through a continue-as-new, while what runs ends', async () => {
  const job = await startJob(
    worker,
    { plan: plan(), approval: 'every_version' },
    { continue_after_events: 40, adopted_check_seconds: 1 },
  );
  await job.reach('awaiting_approval');
  await job.update('approve');
  await job.taskReaches('first', 'running');
  await job.update('change_plan', change);
  await job.reach('awaiting_approval');
  const run = (await job.handle.describe()).runId;
  await release(job, 'go');
  await job.taskReaches('first', 'completed');
  // what is refused leaves an event, and history grows
  for (let count = 0; count < 12; count += 1) await job.handle.signal('retry_task', { task_id: 'second' });
  await until(async () => (await job.handle.describe()).runId !== run, {
    what: 'the job to continue as new',
  });
  const view = await job.status();
  expect(view.status).toBe('awaiting_approval');
  expect(view.tasks.map(({ status }) => status)).toEqual(['completed', 'pending', 'pending']);
  expect(await job.handle.query(messages.approvalsQuery)).toMatchObject([{ approval_id: 'plan-2' }]);
  await job.update('approve', { plan_version: 2 });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect((await outputs(job))[1]).toEqual(['second', 'otherwise\n']);
});

test('a change that is rejected, or names nobody that there is, leaves the plan as it was', async () => {
  const job = await startJob(worker, { plan: plan(), approval: 'every_version' });
  await job.reach('awaiting_approval');
  await job.update('approve');
  await job.taskReaches('first', 'running');
  await job.update('change_plan', change);
  await job.reach('awaiting_approval');
  await job.update('reject', { reason: 'as it was' });
  await release(job, 'go');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(await outputs(job)).toEqual([
    ['first', ''],
    ['second', 'as planned\n'],
  ]);

  const other = await startJob(worker, { plan: plan() });
  await other.taskReaches('first', 'running');
  await other.update('change_plan', { change: [{ task_id: 'second', agent: 'stranger' }] });
  const denied = await until(
    async () => (await other.events()).find(({ type }) => type === 'approval.denied'),
    { what: 'the change to be taken back' },
  );
  expect(denied.data.reason).toContain("no agent is called 'stranger'");
  await release(other, 'go');
  expect(await other.result()).toMatchObject({ status: 'completed' });
});

test('paused, a change waits for resume; in review, the job goes on', async () => {
  const failing = planOf([
    { task_id: 'first', command: 'false', max_attempts: 1 },
    { task_id: 'second', depends_on: ['first'], command: 'echo as planned' },
  ]);
  const job = await startJob(worker, { plan: failing });
  await job.reach('needs_review');
  const [instead] = planOf([{ task_id: 'instead', command: waitFor('go') }]).tasks;
  await job.update('change_plan', {
    add: [instead!],
    change: [{ task_id: 'second', depends_on: ['instead'] }],
  });
  await job.taskReaches('instead', 'running');
  expect((await job.status()).status).toBe('running');
  await job.update('pause');
  await job.update('change_plan', { drop: ['second'] });
  await release(job, 'go');
  await job.taskReaches('instead', 'completed');
  await job.update('resume');
  await job.reach('needs_review');
  await job.update('skip_task', { task_id: 'first' });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect((await job.status()).tasks.map(({ task_id }) => task_id)).toEqual(['first', 'instead']);
});
