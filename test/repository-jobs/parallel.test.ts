import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

/** `ORCHESTRATOR_CHAOS=long`: twenty tasks in ten thousand files. */
const isLong = process.env.ORCHESTRATOR_CHAOS === 'long';
const FILES = isLong ? 10_000 : 1000;
const TASKS = isLong ? 20 : 8;

let worker: TestWorker;
let source: Source;
const barrier = mkdtempSync(join(tmpdir(), 'orchestrator-barrier-'));
beforeAll(async () => {
  const names = Array.from({ length: FILES }, (_, index) => `src/${index % 100}/${index}.txt`);
  source = makeSource(Object.fromEntries(names.map((name) => [name, `${name}\n`])));
  worker = await startTestWorker({ config: ANY_SOURCE });
});
afterAll(async () => {
  await worker?.close();
  source?.remove();
  rmSync(barrier, { recursive: true });
});

test(`${TASKS} tasks at once in a repository of ${FILES} files see nothing of each other, and all land`, {
  timeout: 600_000,
}, async () => {
  // every task has written before any looks around
  const command = (id: string) =>
    [
      `mkdir made seen; echo ${id} > made/${id}; echo ${id} >> src/1/1.txt; git checkout -q -- src/1`,
      `touch ${barrier}/${id}; n=0`,
      `while [ $(ls ${barrier} | wc -l) -lt ${TASKS} ] && [ $n -lt 3000 ]; do n=$((n+1)); sleep 0.1; done`,
      `{ ls made; git status --porcelain; git for-each-ref --format='%(refname)'; } > seen/${id}`,
    ].join('; ');
  const ids = Array.from({ length: TASKS }, (_, index) => `t${String(index + 1).padStart(2, '0')}`);
  const started = performance.now();
  const job = await startJob(
    worker,
    {
      ...inSource(source, { commands: { setup: null, check: 'test -d made', lock: null } }),
      max_workers: TASKS,
      plan: planOf(ids.map((task_id) => ({ task_id, command: command(task_id) }))),
    },
    { heartbeat_seconds: 30 },
  );
  expect(await job.result()).toMatchObject({ status: 'completed' });
  console.log(`${TASKS} tasks on ${FILES} files: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const branch = `orchestrator/${job.job_id}/result`;
  expect(source.git('ls-tree', '--name-only', `${branch}:made`).split('\n')).toEqual(ids);
  for (const id of ids) {
    const own = `refs/heads/orchestrator/${job.job_id}/tasks/${id}`;
    expect(source.show(branch, `seen/${id}`).split('\n')).toEqual([id, '?? made/', '?? seen/', own]);
  }
  const changed = source.git('diff', '--name-only', 'main', branch).split('\n');
  expect(changed).toHaveLength(2 * TASKS);
  expect((await job.status()).repository).toMatchObject({ landed: TASKS, queue: [] });
});
