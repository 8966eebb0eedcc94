import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobSpec } from '../../contracts/spec.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { addsTo, decide, decisionAsked, refusalOf } from './clash.ts';
import { changesOf, personWith, pushTo } from './person.ts';
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

/** A job in which `two` and `one` change the same line; one of them lands first. */
async function clash(spec: Partial<JobSpec> = {}) {
  const source = makeSource({ 'a.txt': 'a\n' });
  removes.push(source.remove);
  const job = await startJob(worker, {
    ...inSource(source, { avoid_conflicts: false }),
    plan: planOf([addsTo('one'), addsTo('two')]),
    ...spec,
  });
  return { source, job };
}

const other = (task_id: string | null) => (task_id === 'one' ? 'two' : 'one');

const branchesOf = (source: Source): string[] =>
  source.git('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n');

describe('a conflict where nobody but a person can bring the two together', () => {
  test('is asked about, with the files; done again, its task works on top of what landed', async () => {
    const { source, job } = await clash();
    const asked = await decisionAsked(job);
    const { task_id } = asked;
    expect(asked).toMatchObject({ approval_id: `conflict-${task_id}`, arguments: { files: ['a.txt'] } });
    expect(asked.prompt).toContain('a.txt');
    const hunks = await worker.store.getContent(asked.arguments!.hunks_ref as string);
    expect(hunks.toString()).toMatch(/<<<<<<<[\s\S]*one[\s\S]*>>>>>>>/);
    const waiting = (await job.status()).tasks.find((task) => task.task_id === task_id)!;
    expect(waiting).toMatchObject({
      status: 'running',
      repository: { merge: 'conflict', conflict_files: ['a.txt'] },
    });
    expect((await job.events()).find(({ type }) => type === 'approval.requested')).toMatchObject({
      task_id,
      data: { approval_id: asked.approval_id, kind: 'conflict' },
    });

    expect(await decide(job, asked, 'retry')).toMatchObject({ job_id: job.job_id });
    expect(await refusalOf(decide(job, asked, 'skip'))).toMatchObject({ code: 'conflict' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(resultOf(job.job_id), 'a.txt')).toBe(`a+${other(task_id)}+${task_id}`);
    const view = await job.status();
    expect(view.tasks.find((task) => task.task_id === task_id)).toMatchObject({ attempt: 2 });
    for (const task of view.tasks) expect(task.repository).toMatchObject({ merge: 'landed' });
  });

  test('skipped, it is left out, the other stays, and what it did can still be fetched', async () => {
    const { source, job } = await clash();
    const asked = await decisionAsked(job);
    const { task_id } = asked;
    const { tasks } = await changesOf(job);
    expect(await decide(job, asked, 'skip', { reason: 'not needed' })).toMatchObject({ job_id: job.job_id });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(resultOf(job.job_id), 'a.txt')).toBe(`a+${other(task_id)}`);
    const view = await job.status();
    expect(view.tasks.find((task) => task.task_id === task_id)).toMatchObject({ status: 'skipped' });
    const changes = await changesOf(job);
    expect(changes.tasks[task_id!]).toMatchObject({ head_sha: tasks[task_id!]!.head_sha });
    const bundle = await worker.store.getContent(changes.tasks[task_id!]!.bundle!);
    const person = personWith(source);
    removes.push(person.remove);
    expect(person.git('show', `${person.fetch(bundle)}:a.txt`)).toBe(`a+${task_id}`);
    expect(branchesOf(source)).toEqual(['main', resultOf(job.job_id)]);
  });

  test('what it can not be answered with is refused in words', async () => {
    const { job } = await clash();
    const asked = await decisionAsked(job);
    const refused = (path: string, issue: string) => ({
      code: 'validation',
      fields: [{ path, issue: expect.stringContaining(issue) }],
    });
    expect(await refusalOf(decide(job, asked, 'use_agent', { arguments: { agent: 'coder' } }))).toMatchObject(
      refused('arguments.agent', 'there is none'),
    );
    expect(await refusalOf(decide(job, asked, 'ours'))).toMatchObject(refused('answer', 'retry, skip'));
    const denied = job.update('decide_approval', { approval_id: asked.approval_id, decision: 'deny' });
    expect(await refusalOf(denied)).toMatchObject(refused('decision', 'approve it with an answer'));
    await job.update('cancel', {});
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
  });

  test('resolved by what a person pushed, both are in the branch', async () => {
    const { source, job } = await clash();
    const asked = await decisionAsked(job);
    const task_id = asked.task_id!;
    const { head_bundle, tasks, base_sha } = await changesOf(job);
    const person = personWith(source);
    removes.push(person.remove);
    const landed = person.fetch(await worker.store.getContent(head_bundle!));
    const work = person.fetch(await worker.store.getContent(tasks[task_id]!.bundle!));
    person.git('checkout', '--quiet', work);
    person.git('merge', '--quiet', '--no-commit', '--strategy=ours', landed);
    person.commit({ 'a.txt': 'a one and two\n' });
    await pushTo(worker, job, task_id, person.bundle(base_sha!));
    expect(await decide(job, asked, 'resolved')).toMatchObject({ job_id: job.job_id });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(resultOf(job.job_id), 'a.txt')).toBe('a one and two');
    const view = await job.status();
    for (const task of view.tasks)
      expect(task).toMatchObject({ attempt: 1, repository: { merge: 'landed' } });
  });

  test('said to be resolved although nothing was pushed, or nothing that can be taken, it waits on and loses nothing', async () => {
    const { source, job } = await clash();
    const asked = await decisionAsked(job);
    const task_id = asked.task_id!;
    const { head_sha } = (await changesOf(job)).tasks[task_id]!;
    const conflicts = async () => (await job.events()).filter(({ type }) => type === 'merge.conflict').length;
    expect(await decide(job, asked, 'resolved')).toMatchObject({ job_id: job.job_id });
    await until(async () => (await conflicts()) === 2, { what: 'the conflict again' });
    const told = async () => (await job.status()).tasks.find((task) => task.task_id === task_id)!;
    expect((await told()).warnings).toEqual([expect.stringContaining('nothing was pushed')]);

    await pushTo(worker, job, task_id, Buffer.from('# v2 git bundle\nnonsense'));
    expect(await decide(job, await decisionAsked(job), 'resolved')).toMatchObject({ job_id: job.job_id });
    await until(async () => (await conflicts()) === 3, { what: 'the conflict once more' });
    expect((await told()).warnings).toContainEqual(expect.stringContaining("The bundle can't be taken"));
    expect((await told()).repository).toMatchObject({ head_sha, merge: 'conflict' });

    expect(await decide(job, await decisionAsked(job), 'skip')).toMatchObject({ job_id: job.job_id });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(resultOf(job.job_id), 'a.txt')).toBe(`a+${other(task_id)}`);
  });
});

describe('a conflict in a job that nobody looks after', () => {
  test('is tried again by itself', async () => {
    const { source, job } = await clash({ attended: false });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(resultOf(job.job_id), 'a.txt')).toMatch(/^a\+(one\+two|two\+one)$/);
    expect((await job.events()).map(({ type }) => type)).not.toContain('approval.requested');
  });

  test('fails once no attempt is left', async () => {
    const { source, job } = await clash({
      attended: false,
      plan: planOf(['one', 'two'].map((task_id) => ({ ...addsTo(task_id), max_attempts: 1 }))),
    });
    expect(await job.result()).toMatchObject({ status: 'failed' });
    const view = await job.status();
    const failed = view.tasks.find(({ status }) => status === 'failed')!;
    expect(failed.error).toMatchObject({ code: 'merge_conflict', message: expect.stringContaining('a.txt') });
    expect(failed.error!.message).toContain(failed.repository!.head_sha);
    expect(branchesOf(source)).toEqual(['main']);
  });
});
