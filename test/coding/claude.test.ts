import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { useAssistants } from './setup.ts';

const world = useAssistants('claude');

test("it does a task in the job's folder, and the ledger has what its provider bills", async () => {
  const content = 'hello';
  world.fake.expect('Write a greeting', 0, { text: 'I write it.', command: 'true' });
  world.fake.expect('Write a greeting', 1, { text: 'Done: it is written.' });
  const task = { task_id: 't', description: 'Write a greeting', agent: 'claude' };
  const job = await startJob(world, { plan: planOf([task]) });
  const view = await job.reach('completed', 'failed', 'needs_review');
  console.log(JSON.stringify(view.tasks[0]), content, join, readFile.name);
  console.log(JSON.stringify(await world.store.readLedger(job.job_id)), world.fake.billedUsd());
  console.log((await job.events()).map((e) => JSON.stringify(e)).join('\n'));
  expect(view.status).toBe('completed');
});
