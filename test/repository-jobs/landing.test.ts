import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

let worker: TestWorker;
const sources: Source[] = [];
const sourceOf = (files: Record<string, string>) => {
  const source = makeSource(files);
  sources.push(source);
  return source;
};
beforeAll(async () => {
  worker = await startTestWorker({ config: ANY_SOURCE });
});
afterAll(async () => {
  await worker.close();
  for (const source of sources) source.remove();
});

const branchOf = (job_id: string) => `orchestrator/${job_id}/result`;

describe('landing', () => {
  test('what tasks change side by side ends on one branch of the repository, and nothing else there moves', async () => {
    const source = sourceOf({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    const before = source.git('rev-parse', 'HEAD');
    const job = await startJob(worker, {
      ...inSource(source),
      plan: planOf([
        { task_id: 'one', command: 'echo one >> a.txt; ls -a' },
        { task_id: 'two', command: 'echo two >> b.txt' },
        { task_id: 'both', command: 'cat a.txt b.txt > c.txt', depends_on: ['one', 'two'] },
      ]),
    });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const branch = branchOf(job.job_id);
    expect(source.show(branch, 'c.txt')).toBe('a\none\nb\ntwo');
    expect(source.git('rev-parse', 'HEAD')).toBe(before);
    expect(source.git('status', '--porcelain')).toBe('');
    const view = await job.status();
    expect(view.repository).toMatchObject({
      base_sha: before,
      branch,
      landed: 3,
      queue: [],
      delivered: { kind: 'branch', ref: branch, pull_request: null },
    });
    expect(view.repository!.head_sha).toBe(source.git('rev-parse', branch));
    for (const task of view.tasks) expect(task.repository).toMatchObject({ merge: 'landed', commits: 1 });
    const types = (await job.events()).map(({ type }) => type);
    for (const type of [
      'repository.prepared',
      'task.committed',
      'merge.queued',
      'merge.landed',
      'repository.delivered',
    ])
      expect(types).toContain(type);
  });

  test('work that fails the check is taken back, and its task tries again, told what the check said', async () => {
    const source = sourceOf({
      'n.txt': '1\n',
      check: 'test "$(cat n.txt)" != 2 || { echo two is wrong; exit 1; }\n',
    });
    const command =
      'node -e \'const f = JSON.parse(require("fs").readFileSync(0)).previous_failure; require("fs").writeFileSync("n.txt", f && f.tail.includes("two is wrong") ? "3\\n" : "2\\n")\'';
    const job = await startJob(worker, {
      ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
      plan: planOf([{ task_id: 'fix', command }]),
    });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(source.show(branchOf(job.job_id), 'n.txt')).toBe('3');
    const view = await job.status();
    expect(view.tasks[0]).toMatchObject({ attempt: 2, repository: { merge: 'landed' } });
    expect(view.repository!.check).toMatchObject({ base: 'passed', status: 'passed' });
    const taken = (await job.events()).find(({ type }) => type === 'merge.taken_back');
    expect(taken).toMatchObject({ task_id: 'fix', attempt: 1 });
  });
});
