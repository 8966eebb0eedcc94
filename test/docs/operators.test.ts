import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../../contracts/command.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { PlanInput } from '../../contracts/plan.ts';
import { startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';
import { blocksOf, code, readPage, tableOf } from './page.ts';

const exec = promisify(execFile);
const page = readPage('docs/operators.md');
const blocks = blocksOf(page);
const scripts = blocks.filter(({ language }) => language === 'sh');
const examples = blocks.filter(({ language, note }) => language === 'json' && note !== 'refused');
const rows = tableOf(page, 'command').map(([name, , status, event]) => ({
  name: code(name),
  status: code(status),
  event: code(event),
}));

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker();
});
afterAll(() => worker.close());

/** The page's example job, brought to a status. */
async function jobThatIs(status: string): Promise<TestJob> {
  const spec = parse(blocks.find(({ language }) => language === 'yaml')!.text);
  const { title, description } = spec;
  const plan = PlanInput.parse(spec.plan);
  const job = await startJob(worker, { title, description, plan, approval: 'required' });
  await job.reach('awaiting_approval');
  if (status === 'awaiting_approval') return job;
  await job.update('approve');
  await job.taskReaches('build', 'failed');
  if (status === 'paused') await job.update('pause');
  if (status === 'needs_review') {
    await job.update('complete_task', { task_id: 'sign-off' });
    await job.update('reject_task', { task_id: 'publish' });
  }
  await job.reach(status as 'running');
  return job;
}

/** Runs a script of the page as an operator would. */
async function run(script: string, job: TestJob): Promise<{ ok: boolean; said: string }> {
  const env = {
    PATH: `${dirname(inject('temporalBinary'))}:${process.env.PATH}`,
    HOME: worker.folder,
    JOB: job.job_id,
    TEMPORAL_ADDRESS: worker.address,
    TEMPORAL_NAMESPACE: worker.namespace,
  };
  return exec('sh', ['-ec', script], { env, timeout: 20_000 }).then(
    ({ stdout }) => ({ ok: true, said: stdout }),
    (error: { stderr: string }) => ({ ok: false, said: error.stderr }),
  );
}

const update = (name: string, json: string) =>
  `temporal workflow update execute --workflow-id "job-$JOB" --name ${name} --input '${json.trim()}'`;

const eventOf = (job: TestJob, type: string, what: (event: JobEvent) => boolean = () => true) =>
  until(async () => (await job.events()).find((event) => event.type === type && what(event)), {
    what: `the event ${type}`,
  });

describe('docs/operators.md', () => {
  it('has an example and a row for every command', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(COMMANDS).sort());
    expect(examples.map(({ note }) => note).sort()).toEqual(Object.keys(COMMANDS).sort());
  });

  for (const { note: name, text } of examples) {
    const { status, event } = rows.find((row) => row.name === name)!;
    // a plan that was proposed again is the second one
    const isNews = ({ data }: JobEvent) => event !== 'plan.proposed' || data.version !== 1;

    it.concurrent(`${name} is answered as an update`, async () => {
      const job = await jobThatIs(status);
      const { ok, said } = await run(update(name, text), job);
      expect(said).toContain(`job_id:${job.job_id}`);
      expect(ok).toBe(true);
      await eventOf(job, event, isNews);
    });

    it.concurrent(`${name} is followed as a signal`, async () => {
      const job = await jobThatIs(status);
      await job.handle.signal(name, JSON.parse(text));
      await eventOf(job, event, isNews);
      expect((await job.events()).filter(({ type }) => type === 'command.refused')).toEqual([]);
    });
  }

  for (const { line, note, text } of scripts) {
    const [status, refused] = note.split(' ');
    it.concurrent(`runs the script of line ${line}`, async () => {
      const job = await jobThatIs(status!);
      const { ok, said } = await run(text, job);
      expect(said).not.toBe('');
      expect(ok, said).toBe(refused === undefined);
      if (refused) {
        const shown = blocks[blocks.findIndex((block) => block.line === line) + 1]!;
        expect(said.trim()).toBe(shown.text.trim());
      }
    });
  }

  it('shows the event of a refused signal as it is', async () => {
    const shown = JSON.parse(blocks.find(({ note }) => note === 'refused')!.text);
    const job = await jobThatIs('running');
    const script = scripts.find(({ text }) => text.includes('{"task": "build"}'))!;
    await run(script.text, job);
    expect(await eventOf(job, 'command.refused')).toMatchObject(shown);
  });
});
