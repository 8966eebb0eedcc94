import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS, type CommandName } from '../../contracts/command.ts';
import type { JobEvent } from '../../contracts/event.ts';
import { PlanInput } from '../../contracts/plan.ts';
import type { JobStatus, TaskStatus } from '../../contracts/status.ts';
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
async function jobThatIs(status: string, given = true): Promise<TestJob> {
  const spec = parse(blocks.find(({ language }) => language === 'yaml')!.text);
  const { title, description } = spec;
  const plan = given ? PlanInput.parse(spec.plan) : null;
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

/** Commands that one job can take one after the other, and how it is before the first. */
const COURSES: [status: string, ...commands: CommandName[]][] = [
  ['awaiting_approval', 'reject'],
  ['awaiting_approval', 'replace_plan'],
  ['awaiting_approval', 'revise'],
  [
    'awaiting_approval',
    ...(['approve', 'add_budget', 'pause', 'resume'] as const),
    ...(['retry_task', 'skip_task', 'complete_task', 'approve_task'] as const),
  ],
  ['running', 'send_message', 'reject_task', 'cancel'],
  ['running', 'decide_approval'],
  ['running', 'release_gates'],
  ['running', 'change_plan'],
  ['needs_review', 'finish'],
];

/** How the task of the example is before the command. */
const BEFORE: Partial<Record<CommandName, TaskStatus>> = {
  retry_task: 'failed',
  skip_task: 'failed',
  complete_task: 'blocked',
  approve_task: 'awaiting_approval',
  reject_task: 'awaiting_approval',
};

/** Takes a job through a course; every command must find the job as the page says, and leave the page's event. */
async function take(
  [status, ...commands]: (typeof COURSES)[number],
  send: (job: TestJob, name: CommandName, json: string) => Promise<void>,
): Promise<void> {
  // without a model, only a plan that rules made is planned again
  const job = await jobThatIs(status, !commands.includes('revise'));
  for (const name of commands) {
    const row = rows.find((one) => one.name === name)!;
    const { text } = examples.find(({ note }) => note === name)!;
    const { task_id } = JSON.parse(text);
    if (task_id) await job.taskReaches(task_id, BEFORE[name]!);
    await job.reach(row.status as JobStatus);
    const before = (await job.events()).length;
    await send(job, name, text);
    await eventOf(job, row.event, ({ seq }) => seq > before);
  }
  expect((await job.events()).filter(({ type }) => type === 'command.refused')).toEqual([]);
}

describe('docs/operators.md', () => {
  it('has an example and a row for every command, and all are tried', () => {
    const all = Object.keys(COMMANDS).sort();
    expect(rows.map(({ name }) => name).sort()).toEqual(all);
    expect(examples.map(({ note }) => note).sort()).toEqual(all);
    expect(COURSES.flatMap(([, ...commands]) => commands).sort()).toEqual(all);
  });

  for (const course of COURSES) {
    const [status, ...commands] = course;
    const what = `${commands.join(', ')} to a job that is ${status}`;

    it.concurrent(`takes as updates with the CLI: ${what}`, () =>
      take(course, async (job, name, json) => {
        const { ok, said } = await run(update(name, json), job);
        expect(said).toContain(`job_id:${job.job_id}`);
        expect(ok).toBe(true);
      }));

    it.concurrent(`takes as signals: ${what}`, () =>
      take(course, (job, name, json) => job.handle.signal(name, JSON.parse(json))));
  }

  it('runs the scripts as they are', async () => {
    const jobs = new Map<string, TestJob>();
    for (const { line, note, text } of scripts) {
      const [status = '', refused] = note.split(' ');
      // what changes a job's status has one of its own
      const key = /--name approve|workflow cancel/.test(text) && !refused ? `line ${line}` : status;
      const job = jobs.get(key) ?? (await jobThatIs(status));
      jobs.set(key, job);
      // a list of Temporal's follows after a moment; what sends something is run once
      const { ok, said } = text.includes('workflow list')
        ? await until(() => run(text, job).then((ran) => (ran.said === '' ? undefined : ran)), {
            what: 'the list',
          })
        : await run(text, job);
      expect(said).not.toBe('');
      expect(ok, said).toBe(refused === undefined);
      const next = blocks[blocks.findIndex((block) => block.line === line) + 1]!;
      if (refused) expect(said.trim()).toBe(next.text.trim());
      if (next.note === 'refused') {
        expect(await eventOf(job, 'command.refused')).toMatchObject(JSON.parse(next.text));
      }
    }
  });
});
