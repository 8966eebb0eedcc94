import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { mirrorFolder } from '../../activities/repository/mirror/mirror.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { makeGate } from './gate.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

/** A host that is gone is found out soon. */
const SOON = { host_wait_seconds: 1, heartbeat_seconds: 2 };

let worker: TestWorker;
const made: { remove(): void }[] = [];
const kept = <T extends { remove(): void }>(one: T): T => {
  made.push(one);
  return one;
};
beforeAll(async () => {
  worker = await startTestWorker({ config: ANY_SOURCE });
});
afterAll(async () => {
  await worker.close();
});
afterEach(() => {
  for (const one of made.splice(0)) one.remove();
});

interface Host {
  host_id: string;
  work_dir: string;
  mirrors_dir: string;
}

let hosts = 0;
/** A host that nothing is on yet; all have one store. */
function newHost(): Host {
  const host_id = `host-${++hosts}`;
  const folder = join(worker.folder, host_id);
  return { host_id, work_dir: join(folder, 'work'), mirrors_dir: join(folder, 'mirrors') };
}

/** What was kept on a host is gone. */
const lose = ({ work_dir, mirrors_dir }: Host): void => {
  for (const folder of [work_dir, mirrors_dir]) rmSync(folder, { recursive: true });
};

const branchOf = ({ job_id }: TestJob) => `orchestrator/${job_id}/result`;
const refsAt = ({ mirrors_dir }: Host, source: Source, { job_id }: TestJob): string[] => {
  const cwd = join(mirrorFolder(mirrors_dir, { owner: 'local', location: source.path }), 'git');
  const args = ['for-each-ref', '--format=%(refname:lstrip=4)', `refs/heads/orchestrator/${job_id}`];
  return execFileSync('git', args, { cwd, encoding: 'utf8' }).trim().split('\n').toSorted();
};
const landed = (job: TestJob, count: number) =>
  until(async () => (await job.status()).repository!.landed === count, { what: `${count} landings` });
const hostsLost = async (job: TestJob) =>
  (await job.events()).filter(({ type, data }) => type === 'alert' && data.kind === 'host_lost').length;

describe('where the data folder of a host is gone', () => {
  test('what was worked at, checked and waiting goes on at another one from bundles', async () => {
    const [first, second] = [newHost(), newHost()];
    await worker.restart(first);
    const source = kept(makeSource({ 'a.txt': 'a\n' }));
    const [working, checking, more] = [kept(makeGate()), kept(makeGate()), kept(makeGate())];
    const check = `test ! -e three.txt || { ${checking.wait}; }`;
    const job = await startJob(
      worker,
      {
        ...inSource(source, { commands: { setup: null, check, lock: null } }),
        plan: planOf([
          { task_id: 'one', command: 'echo one > one.txt' },
          { task_id: 'two', command: `${working.wait}; ls > two.txt`, depends_on: ['one'] },
          { task_id: 'three', command: 'cat one.txt > three.txt', depends_on: ['one'] },
          { task_id: 'four', command: `${more.wait}; cat one.txt > four.txt`, depends_on: ['one'] },
        ]),
      },
      SOON,
    );
    await Promise.all([working.reached(), checking.reached()]);
    more.open();
    await until(async () => (await job.status()).repository!.queue.length === 2, { what: 'the queue' });
    await worker.stopWorker();
    lose(first);
    working.open();
    checking.open();
    await worker.restart(second);
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const branch = branchOf(job);
    expect(source.git('ls-tree', '--name-only', branch).split('\n')).toEqual([
      'a.txt',
      'four.txt',
      'one.txt',
      'three.txt',
      'two.txt',
    ]);
    expect(source.show(branch, 'two.txt')).toContain('one.txt');
    const { repository, tasks } = await job.status();
    expect(repository).toMatchObject({ landed: 4, queue: [], head_sha: source.git('rev-parse', branch) });
    for (const task of tasks) expect(task.repository).toMatchObject({ merge: 'landed' });
    expect(await hostsLost(job)).toBe(1);
    expect(source.git('fsck', '--full', '--strict', '--no-dangling')).toBe('');
  });

  test('and the repository too, the job goes on from bundles alone, and delivers once it is back', async () => {
    const [first, second] = [newHost(), newHost()];
    await worker.restart(first);
    const source = kept(makeSource({ 'a.txt': 'a\n' }));
    const gate = kept(makeGate());
    const job = await startJob(
      worker,
      {
        ...inSource(source),
        plan: planOf([
          { task_id: 'one', command: 'echo one >> a.txt' },
          { task_id: 'two', command: `${gate.wait}; echo two >> a.txt`, depends_on: ['one'] },
        ]),
      },
      SOON,
    );
    await gate.reached();
    await worker.stopWorker();
    lose(first);
    renameSync(source.path, `${source.path}-away`);
    gate.open();
    try {
      await worker.restart(second);
      const { error, repository } = await job.reach('needs_review');
      expect(error).toMatchObject({ code: 'delivery_failed' });
      expect(error!.message).toContain(`There is no folder ${source.path}`);
      expect(repository).toMatchObject({ landed: 2, delivered: null });
    } finally {
      renameSync(`${source.path}-away`, source.path);
    }
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(branchOf(job), 'a.txt')).toBe('a\none\ntwo');
  });
});

test('a host that comes back with an older state takes over again from where the job is, though nobody attends', async () => {
  const [first, second] = [newHost(), newHost()];
  await worker.restart(first);
  const source = kept(makeSource({ 'a.txt': 'a\n' }));
  const [gate, last] = [kept(makeGate()), kept(makeGate())];
  const job = await startJob(
    worker,
    {
      ...inSource(source),
      attended: false,
      plan: planOf([
        { task_id: 'one', command: 'echo one >> a.txt' },
        { task_id: 'two', command: `${gate.wait}; echo two >> a.txt`, depends_on: ['one'] },
        { task_id: 'three', command: `${last.wait}; echo three >> a.txt`, depends_on: ['two'] },
      ]),
    },
    SOON,
  );
  await gate.reached();
  gate.open();
  await worker.restart(second);
  await landed(job, 2);
  await last.reached();
  last.open();
  await worker.restart(first);
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect(source.show(branchOf(job), 'a.txt')).toBe('a\none\ntwo\nthree');
  // what landed elsewhere came with the head
  expect(refsAt(first, source, job)).toEqual(['base', 'result', 'tasks/one', 'tasks/three']);
  expect((await job.status()).repository!.landed).toBe(3);
});
