import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { approvalsOf } from './clash.ts';
import { changesOf, type Person, personWith, pushTo } from './person.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

let worker: TestWorker;
const removes: (() => void)[] = [];
beforeAll(async () => {
  worker = await startTestWorker({ config: ANY_SOURCE });
});
afterAll(async () => {
  await worker.close();
  for (const remove of removes) remove();
});

const resultOf = (job_id: string) => `orchestrator/${job_id}/result`;

/** A repository, and a person with a clone of it. */
function setUp(files: Record<string, string>): { source: Source; person: Person } {
  const source = makeSource(files);
  const person = personWith(source);
  removes.push(source.remove, person.remove);
  return { source, person };
}

const push = async (job: TestJob, task_id: string, person: Person) =>
  pushTo(worker, job, task_id, person.bundle((await changesOf(job)).base_sha!));

const done = (job: TestJob, task_id: string, output = 'done by hand') =>
  job.update('complete_task', { task_id, output });

/** Waits until a task is with a person again, and why. */
const backWith = (job: TestJob, task_id: string, code: string) =>
  until(
    async () => {
      const task = (await job.status()).tasks.find((one) => one.task_id === task_id)!;
      return task.status === 'blocked' && task.error?.code === code && task;
    },
    { timeoutMs: 60_000, what: `${task_id} to be with a person again` },
  );

test('what a person pushed lands once it is said to be complete, and what depends on it starts from that', async () => {
  const { source, person } = setUp({ 'a.txt': 'a\n' });
  const job = await startJob(worker, {
    ...inSource(source),
    plan: planOf([
      { task_id: 'write', agent: 'human' },
      { task_id: 'copy', command: 'cp a.txt b.txt', depends_on: ['write'] },
    ]),
  });
  await job.taskReaches('write', 'blocked');
  const head_sha = person.commit({ 'a.txt': 'by Ada\n' });
  await push(job, 'write', person);
  await done(job, 'write', 'I wrote it');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'b.txt')).toBe('by Ada');
  const view = await job.status();
  expect(view.tasks[0]).toMatchObject({
    ...{ status: 'completed', agent: 'human', output_preview: 'I wrote it' },
    repository: { merge: 'landed', commits: 1, head_sha },
  });
});

test('people who begin at once work side by side: each is on top of what they fetched, whoever is done first', async () => {
  const { source, person } = setUp({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
  const job = await startJob(worker, {
    ...inSource(source),
    plan: planOf([
      { task_id: 'first', agent: 'human' },
      { task_id: 'second', agent: 'human' },
    ]),
  });
  await job.taskReaches('first', 'blocked');
  await job.taskReaches('second', 'blocked');
  const base = person.git('rev-parse', 'HEAD');
  const waiting = (await job.status()).tasks[1]!;
  expect(waiting.repository).toMatchObject({ base_sha: base, merge: 'none' });
  person.commit({ 'a.txt': 'first\n' });
  await push(job, 'first', person);
  await done(job, 'first');
  await job.taskReaches('first', 'completed');
  person.git('checkout', '--quiet', base);
  person.commit({ 'b.txt': 'second\n' });
  await push(job, 'second', person);
  await done(job, 'second');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const texts = ['a.txt', 'b.txt'].map((file) => source.show(resultOf(job.job_id), file));
  expect(texts).toEqual(['first', 'second']);
});

test('where nothing was pushed nothing is changed, and the task is complete', async () => {
  const { source } = setUp({ 'a.txt': 'a\n' });
  const job = await startJob(worker, {
    ...inSource(source),
    plan: planOf([
      { task_id: 'look', agent: 'human' },
      { task_id: 'more', command: 'echo b > b.txt', depends_on: ['look'] },
    ]),
  });
  await job.taskReaches('look', 'blocked');
  await done(job, 'look');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.git('diff', '--name-only', 'main', resultOf(job.job_id))).toBe('b.txt');
  const view = await job.status();
  expect(view.tasks[0]).toMatchObject({
    status: 'completed',
    repository: { merge: 'landed', commits: 0, merge_sha: null },
  });
});

test('what does not pass the check, or can not be taken, is with its person again, told why; what is pushed then lands', async () => {
  const { source, person } = setUp({
    'n.txt': '1\n',
    check: 'test "$(cat n.txt)" != 2 || { echo two is wrong; exit 1; }\n',
  });
  const job = await startJob(worker, {
    ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
    plan: planOf([{ task_id: 'write', agent: 'human' }]),
  });
  await job.taskReaches('write', 'blocked');
  const first = person.commit({ 'n.txt': '2\n' });
  await push(job, 'write', person);
  await done(job, 'write');
  const back = await backWith(job, 'write', 'check_failed');
  expect(back).toMatchObject({
    reason: 'waiting_for_person',
    repository: { head_sha: first, merge: 'taken_back' },
  });
  expect(back.error!.message).toContain('sh check');
  expect(await approvalsOf(job)).toMatchObject([
    { kind: 'human_task', task_id: 'write', prompt: expect.stringContaining('two is wrong') },
  ]);

  await pushTo(worker, job, 'write', Buffer.from('# v2 git bundle\nnonsense'));
  await done(job, 'write');
  const again = await backWith(job, 'write', 'bundle_refused');
  expect(again.error!.message).toContain("The bundle can't be taken");

  person.commit({ 'n.txt': '3\n' });
  await push(job, 'write', person);
  await done(job, 'write');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'n.txt')).toBe('3');
});

test('a person does by hand what a command has failed at', async () => {
  const { source, person } = setUp({ 'a.txt': 'a\n' });
  const job = await startJob(worker, {
    ...inSource(source),
    plan: planOf([
      { task_id: 'hard', command: 'echo half > a.txt; exit 1', max_attempts: 1 },
      { task_id: 'copy', command: 'cp a.txt b.txt', depends_on: ['hard'] },
    ]),
  });
  await job.reach('needs_review');
  const { tasks } = await changesOf(job);
  person.commit({ 'a.txt': 'whole\n' });
  await push(job, 'hard', person);
  await done(job, 'hard');
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(resultOf(job.job_id), 'b.txt')).toBe('whole');
  expect(tasks.hard).toBeUndefined();
  const kept = (await job.events()).find(({ type, data }) => type === 'task.committed' && data.kept_aside);
  expect(kept).toMatchObject({ task_id: 'hard', data: { files_changed: 1 } });
  const left = person.fetch(await worker.store.getContent(kept!.data.bundle_ref as string));
  expect([left, person.git('show', `${left}:a.txt`)]).toEqual([kept!.data.head_sha, 'half']);
});
