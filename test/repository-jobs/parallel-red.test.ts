import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

let worker: TestWorker;
let source: Source;
beforeAll(async () => {
  const check = 'test "$(cat a.txt b.txt | grep -c mine)" -lt 2 || { echo "mine is there twice"; exit 1; }\n';
  source = makeSource({ 'a.txt': '\n', 'b.txt': '\n', check });
  worker = await startTestWorker({ config: ANY_SOURCE });
});
afterAll(async () => {
  await worker.close();
  source.remove();
});

/** Writes `mine`, and `yours` once it was told what the check found. */
const command = (file: string) => {
  const script = `
    const failure = JSON.parse(require("fs").readFileSync(0, "utf8")).previous_failure;
    const isTold = failure && failure.code === "check_failed" && failure.tail.includes("mine is there twice");
    require("fs").writeFileSync("${file}", isTold ? "yours\\n" : "mine\\n");
  `;
  return ['node', '-e', script];
};

test('two pieces of work that are green alone and red together: one is taken back, told why, and mended', async () => {
  const job = await startJob(worker, {
    ...inSource(source, { commands: { setup: null, check: 'sh check', lock: null } }),
    plan: planOf([
      { task_id: 'one', command: command('a.txt') },
      { task_id: 'two', command: command('b.txt') },
    ]),
  });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const branch = `orchestrator/${job.job_id}/result`;
  const texts = ['a.txt', 'b.txt'].map((file) => source.show(branch, file));
  expect(texts.toSorted()).toEqual(['mine', 'yours']);
  const view = await job.status();
  expect(view.repository).toMatchObject({ landed: 2, check: { base: 'passed', status: 'passed' } });
  const mended = view.tasks[texts.indexOf('yours')]!;
  expect(view.tasks.map(({ attempt }) => attempt).toSorted()).toEqual([1, 2]);
  expect(mended.attempt).toBe(2);
  const events = await job.events();
  const taken = events.filter(({ type }) => type === 'merge.taken_back');
  expect(taken).toMatchObject([{ task_id: mended.task_id, attempt: 1, data: { how: 'exit code 1' } }]);
  const log = await worker.store.getContent(taken[0]!.data.log_ref as string);
  expect(log.toString()).toContain('mine is there twice');
  const order = events.flatMap(({ type, task_id }) =>
    type.startsWith('merge.') && task_id === mended.task_id ? [type] : [],
  );
  expect(order).toEqual(['merge.queued', 'merge.taken_back', 'merge.queued', 'merge.landed']);
  // what was taken back is kept under a name of its own
  const { data } = events.find(
    ({ type, task_id }) => type === 'task.committed' && task_id === mended.task_id,
  )!;
  expect(data.head_sha).not.toBe(mended.repository!.head_sha);
});
