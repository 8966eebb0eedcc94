import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

test('JSON of a command that does not parse, breaks off or is too deep is told in event and status, and it ran once', async () => {
  const deep = `node -e 'console.log("{\\"a\\":" + "[".repeat(6000) + "]".repeat(6000) + "}")'`;
  const job = await startJob(worker, {
    plan: planOf([
      { task_id: 'nan', command: `echo '{"share": NaN}'` },
      { task_id: 'cut', command: `printf '{"list": [1, 2'` },
      { task_id: 'deep', command: `echo run >> runs; ${deep}`, max_attempts: 1 },
      { task_id: 'fine', command: `echo '{"share": 0.5}'` },
    ]),
  });
  const view = await job.reach('completed');
  const task = (id: string) => view.tasks.find(({ task_id }) => task_id === id)!;
  expect(task('nan').warnings).toEqual([
    expect.stringContaining('line 1, column 11: NaN is not a JSON value'),
  ]);
  expect(task('cut').warnings).toEqual([expect.stringContaining('it ends too early')]);
  expect(task('deep').warnings).toEqual([expect.stringContaining('more than 200 levels of brackets')]);
  expect(task('deep')).toMatchObject({ status: 'completed', attempt: 1, outputs: null });
  expect(await readFile(join(worker.folder, 'work', job.job_id, 'runs'), 'utf8')).toBe('run\n');
  expect(task('fine')).toMatchObject({ outputs: { share: 0.5 } });
  expect(task('fine')).not.toHaveProperty('warnings');
  const told = (await job.events()).filter(({ type, data }) => type === 'task.completed' && data.warnings);
  expect(told.map(({ task_id }) => task_id).sort()).toEqual(['cut', 'deep', 'nan']);
});
