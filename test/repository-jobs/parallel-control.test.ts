import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mirrorFolder } from '../../activities/repository/mirror/mirror.ts';
import { taskWorkflowId } from '../../contracts/names.ts';
import { listProcesses } from '../../runtime/processes.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { type Gate, makeGate } from './gate.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

let worker: TestWorker;
const made: { remove(): void }[] = [];
beforeAll(async () => {
  worker = await startTestWorker({ config: ANY_SOURCE });
});
afterAll(async () => {
  await worker.close();
});
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});
const sourceOf = (files: Record<string, string>): Source => {
  const source = makeSource(files);
  made.push(source);
  return source;
};
const gateOf = (): Gate => {
  const gate = makeGate();
  made.push(gate);
  return gate;
};

const branchOf = ({ job_id }: TestJob) => `orchestrator/${job_id}/result`;
const checkedBy = (check: string) => ({ commands: { setup: null, check, lock: null } });
const mergeOf = async (job: TestJob, taskId: string) =>
  (await job.status()).tasks.find(({ task_id }) => task_id === taskId)!.repository?.merge;
const mergeIs = (job: TestJob, taskId: string, merge: string) =>
  until(async () => (await mergeOf(job, taskId)) === merge, { what: `the work of ${taskId} to be ${merge}` });

const mirrorOf = ({ path }: Source) =>
  join(mirrorFolder(worker.deps.mirrors_dir, { owner: 'local', location: path }), 'git');
const gitIn = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim();

describe('a task that is started again', () => {
  test('takes nothing back of what landed since it began, and goes on from there', async () => {
    const source = sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const gate = gateOf();
    const job = await startJob(worker, {
      ...inSource(source),
      plan: planOf([
        { task_id: 'one', command: `echo one >> a.txt; ${gate.wait}; cp b.txt seen.txt` },
        { task_id: 'two', command: 'echo two >> b.txt' },
      ]),
    });
    await gate.reached();
    await job.taskReaches('two', 'completed');
    await worker.client.workflow.getHandle(taskWorkflowId(job.job_id, 'one')).terminate('a test');
    await job.taskReaches('one', 'failed');
    gate.open();
    await job.update('retry_task', { task_id: 'one' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const branch = branchOf(job);
    const text = (file: string) => source.show(branch, file);
    expect([text('b.txt'), text('a.txt'), text('seen.txt')]).toEqual(['b\ntwo', 'a\none', 'b\ntwo']);
    // what the first start left there, and nobody had named
    expect(
      gitIn(mirrorOf(source), 'show', `refs/heads/orchestrator/${job.job_id}/tasks/one-rejected-1:a.txt`),
    ).toBe('a\none');
  });

  test('hands in anew while the queue stands, and that is what lands', async () => {
    const source = sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const [gate, second] = [gateOf(), gateOf()];
    const check = `grep -q one a.txt || exit 0; ${gate.wait}`;
    const job = await startJob(worker, {
      ...inSource(source, checkedBy(check)),
      plan: planOf([
        { task_id: 'one', command: 'echo one >> a.txt' },
        { task_id: 'two', command: `${second.wait}; echo $ORCHESTRATOR_ATTEMPT >> b.txt` },
      ]),
    });
    await gate.reached();
    second.open();
    await mergeIs(job, 'two', 'queued');
    await worker.client.workflow.getHandle(taskWorkflowId(job.job_id, 'two')).terminate('a test');
    await job.taskReaches('two', 'failed');
    await job.update('retry_task', { task_id: 'two' });
    await until(async () => (await job.status()).tasks[1]!.attempt === 2, { what: 'another attempt' });
    await mergeIs(job, 'two', 'queued');
    gate.open();
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(branchOf(job), 'b.txt')).toBe('b\n2');
    expect((await job.status()).repository).toMatchObject({ landed: 2, queue: [] });
  });
});

describe('while a check runs', () => {
  test('a cancel ends it with all its processes, and nothing lands', async () => {
    const source = sourceOf({ 'a.txt': 'a\n' });
    const gate = gateOf();
    const mark = `orchestrator-check-${process.pid}`;
    const check = `grep -q one a.txt || exit 0; (exec -a ${mark} sleep 300) & ${gate.wait}`;
    const job = await startJob(worker, {
      ...inSource(source, checkedBy(`exec bash -c '${check}'`)),
      plan: planOf([{ task_id: 'one', command: 'echo one >> a.txt' }]),
    });
    const isRunning = async () => (await listProcesses()).some(({ command }) => command.includes(mark));
    await gate.reached();
    await until(isRunning, { what: 'a process of the check' });
    const asked = Date.now();
    await job.update('cancel');
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(await isRunning()).toBe(false);
    expect(source.git('for-each-ref', 'refs/heads/orchestrator')).toBe('');
    const view = await job.status();
    expect(view.repository).toMatchObject({ landed: 0, head_sha: view.repository!.base_sha });
    expect((await job.events()).map(({ type }) => type)).not.toContain('merge.landed');
  });

  test('a pause lets the merge under way end, and begins none', async () => {
    const source = sourceOf({ 'a.txt': 'a\n' });
    const [gate, second] = [gateOf(), gateOf()];
    const check = `test "$(tail -n 1 a.txt)" = one || exit 0; ${gate.wait}`;
    const job = await startJob(worker, {
      ...inSource(source, { ...checkedBy(check), avoid_conflicts: false }),
      plan: planOf([
        { task_id: 'one', command: 'echo one >> a.txt' },
        { task_id: 'two', command: `${second.wait}; sed -i '1i two' a.txt` },
      ]),
    });
    await gate.reached();
    second.open();
    await mergeIs(job, 'two', 'queued');
    await job.update('pause');
    gate.open();
    await mergeIs(job, 'one', 'landed');
    expect((await job.status()).repository!.queue).toEqual(['two']);
    await job.update('resume');
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(branchOf(job), 'a.txt')).toBe('two\na\none');
  });

  test('work in the queue whose task is skipped does not land, the others do, and it stays on its branch', async () => {
    const source = sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const [gate, second] = [gateOf(), gateOf()];
    const check = `grep -q one a.txt || exit 0; ${gate.wait}`;
    const job = await startJob(worker, {
      ...inSource(source, checkedBy(check)),
      plan: planOf([
        { task_id: 'one', command: 'echo one >> a.txt' },
        { task_id: 'two', command: `${second.wait}; echo two >> b.txt` },
        { task_id: 'three', command: `${second.wait}; echo three > c.txt` },
        { task_id: 'four', command: 'ls > d.txt', depends_on: ['two', 'three'] },
      ]),
    });
    await gate.reached();
    second.open();
    await mergeIs(job, 'two', 'queued');
    await mergeIs(job, 'three', 'queued');
    const { head_sha } = (await job.status()).tasks[1]!.repository!;
    await job.update('skip_task', { task_id: 'two' });
    gate.open();
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const branch = branchOf(job);
    expect(source.show(branch, 'b.txt')).toBe('b');
    expect(source.show(branch, 'd.txt')).toBe('a.txt\nb.txt\nc.txt\nd.txt');
    const view = await job.status();
    expect(view.tasks.map(({ status }) => status)).toEqual([
      'completed',
      'skipped',
      'completed',
      'completed',
    ]);
    expect(view.repository).toMatchObject({ landed: 3, queue: [] });
    expect(gitIn(mirrorOf(source), 'rev-parse', `refs/heads/orchestrator/${job.job_id}/tasks/two`)).toBe(
      head_sha,
    );
  });

  test('a job with a long history goes on in a new run: the queue goes along, and the check is begun anew', async () => {
    const source = sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n' });
    const [gate, second] = [gateOf(), gateOf()];
    const check = `grep -q one a.txt || exit 0; ${gate.wait}`;
    const job = await startJob(
      worker,
      {
        ...inSource(source, checkedBy(check)),
        plan: planOf([
          { task_id: 'one', command: 'echo one >> a.txt' },
          { task_id: 'two', command: `${second.wait}; echo two >> b.txt` },
          { task_id: 'three', command: `${second.wait}; echo three >> c.txt` },
        ]),
      },
      { continue_after_events: 60 },
    );
    await gate.reached();
    second.open();
    await mergeIs(job, 'two', 'queued');
    await mergeIs(job, 'three', 'queued');
    const firstRun = async () =>
      (await worker.client.workflow.getHandle(job.handle.workflowId).describe()).runId;
    const first = await firstRun();
    // whatever is asked of the job makes its history longer
    await until(
      async () => {
        await job.update('add_budget', { add_usd: 1 });
        return (await firstRun()) !== first;
      },
      { timeoutMs: 60_000, what: 'a new run' },
    );
    await until(async () => (await job.status()).repository!.queue.length === 3, { what: 'the queue' });
    gate.open();
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const branch = branchOf(job);
    const texts = ['a', 'b', 'c'].map((name) => source.show(branch, `${name}.txt`));
    expect(texts).toEqual(['a\none', 'b\ntwo', 'c\nthree']);
    const landed = (await job.events()).filter(({ type }) => type === 'merge.landed');
    expect(landed.map(({ task_id }) => task_id).toSorted()).toEqual(['one', 'three', 'two']);
  });
});
