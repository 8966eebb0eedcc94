import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { until } from '../setup/until.ts';
import { jsonCli, runCli } from './run.ts';
import { startService, type TestService } from './service.ts';

let service: TestService;
let folder: string;

beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-cli-'));
});
afterAll(async () => {
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (args: string[], stdin?: string) => runCli(args, { url: service.url, stdin });
const json = (args: string[], stdin?: string) => jsonCli(args, { url: service.url, stdin });

const task = (task_id: string, rest: Record<string, unknown> = {}) => ({
  task_id,
  title: `Do ${task_id}`,
  agent: 'command',
  command: `echo ${task_id}`,
  estimated_seconds: 1,
  ...rest,
});

function file(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.json') ? JSON.stringify(value) : stringify(value));
  return path;
}

async function submit(tasks: unknown[], rest: Record<string, unknown> = {}): Promise<string> {
  const body = { title: 'A job', description: 'Something', plan: { tasks }, ...rest };
  return (await json(['submit', '-'], JSON.stringify(body))).job_id;
}

const status = async (job: string) => await json(['status', job]);
const reach = (job: string, wanted: string, taskId?: string) =>
  until(
    async () => {
      const view = await service.worker.client.workflow.getHandle(`job-${job}`).query<{
        status: string;
        tasks: { task_id: string; status: string }[];
      }>('status');
      const found = taskId === undefined ? view : view.tasks.find(({ task_id }) => task_id === taskId);
      return found?.status === wanted;
    },
    { what: `${taskId ?? job} to be ${wanted}` },
  );

/** Every step is a process of its own, and other tests run beside. */
const patience = { timeout: 180_000 };

describe('a job from submit to its end', patience, () => {
  it('is shown, edited, approved, read and deleted', async () => {
    const path = file('job.yaml', {
      title: 'Two steps',
      description: 'First one, then the other',
      acceptance_criteria: [
        { criterion_id: 'written', text: 'The note is there', command: 'test -s note.txt' },
      ],
      plan: {
        tasks: [
          task('one', {
            command:
              'echo first line; echo oops >&2; echo note | tee note.txt > "$ORCHESTRATOR_ARTIFACTS/note.txt"; mkfifo "$ORCHESTRATOR_ARTIFACTS/pipe"',
          }),
          task('two', { depends_on: ['one'], acceptance_criteria: ['written'] }),
        ],
      },
    });
    const submitted = await cli(['submit', path, '--title', 'Renamed', '--idempotency-key', 'same-again']);
    expect(submitted).toMatchObject({ exit: 0 });
    const job = /^Job (\S+): awaiting_approval$/m.exec(submitted.stdout)![1]!;
    expect(submitted.stdout).toContain(`Next: npx orchestrator approve ${job}`);
    const again = await json(['submit', path, '--title', 'Renamed', '--idempotency-key', 'same-again']);
    expect(again.job_id).toBe(job);

    const [plan, asYaml, approvals, listed] = await Promise.all([
      cli(['plan', job]),
      cli(['plan', job, '--yaml']),
      until(
        async () => {
          const shown = await cli(['approvals']);
          return shown.stdout.includes(job) && shown;
        },
        { what: 'the approvals of all jobs to have it' },
      ),
      until(
        async () => {
          const { jobs } = await json(['jobs', '--status', 'awaiting_approval']);
          return jobs.some((one: { job_id: string }) => one.job_id === job) && jobs;
        },
        { what: 'the list to have the job' },
      ),
    ]);
    expect(plan.stdout).toMatch(/Plan, version 1 \(given\): 2 tasks, about 2 s, no model cost/);
    expect(plan.stdout).toContain('Forecast: No task calls a model');
    expect(plan.stdout).toMatch(/└─ two\s+command\s+1 s\s+Do two\s+covers written/);
    expect(plan.stdout).toContain('checked by: test -s note.txt');
    expect(asYaml.stdout).toContain('version: 1');
    expect(approvals.stdout).toContain(`${job}  plan-1`);
    expect(new Set(listed.map((one: { status: string }) => one.status))).toEqual(
      new Set(['awaiting_approval']),
    );

    const edited = join(folder, 'plan.yaml');
    writeFileSync(edited, asYaml.stdout.replace('title: Do two', 'title: Done differently'));
    expect(await json(['edit-plan', job, edited])).toMatchObject({ plan_version: 2 });
    expect((await cli(['edit-plan', job, edited])).exit).toBe(4); // the file still says version 1
    expect((await cli(['approve', job, '--plan-version', '1'])).exit).toBe(4);
    expect(await json(['approve', job, '--note', 'fine'])).toMatchObject({
      status: 'running',
      plan_version: 2,
    });

    const watched = await cli(['watch', job]);
    expect(watched.exit).toBe(0);
    expect(watched.stdout).toMatch(/#\d+\s+task\.completed\s+one/);
    expect(watched.stdout).toMatch(/met\s+written\s+The note is there/);

    const [shown, logs, allLogs, events, artifacts, report, ledger, opened] = await Promise.all([
      cli(['status', job]),
      cli(['logs', job, 'one']),
      cli(['logs', job, '--json']),
      cli(['events', job, '--json']),
      json(['artifacts', job]),
      cli(['report', job]),
      cli(['ledger', job]),
      cli(['open', job]),
    ]);
    expect(shown.stdout).toMatch(/Renamed {2}\S+ {2}completed {2}2 of 2 tasks done/);
    expect(shown.stdout).toMatch(/Left out of the artifacts\n {2}one: pipe: it is not a file$/m);
    expect(logs.stdout).toBe('first line\noops\n');
    const lines = allLogs.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual({ task_id: 'two', attempt: 1, stream: 'stdout', text: 'two' });
    const journal = events.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index + 1));
    expect(journal.at(-1).type).toBe('job.completed');
    expect(artifacts.artifacts.map(({ name }: { name: string }) => name)).toContain('note.txt');
    expect(report.stdout).toContain('# Renamed');
    expect(ledger.stdout).toBe('No model was called.\n');
    expect(opened.stdout).toBe(`http://127.0.0.1:8233/namespaces/default/workflows/job-${job}\n`);

    const target = join(folder, 'got/note.txt');
    const [printed, written, missing] = await Promise.all([
      cli(['artifacts', 'get', job, 'note.txt']),
      cli(['artifacts', 'get', job, 'one/note.txt', '-o', target]),
      cli(['artifacts', 'get', job, 'nothing.txt']),
    ]);
    expect(printed.stdout).toBe('note\n');
    expect(written.exit).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe('note\n');
    expect(missing).toMatchObject({ exit: 3 });

    expect(await json(['delete', job])).toEqual({ job_id: job, status: 'cancelled' });
    expect((await cli(['status', job])).exit).toBe(3);
  });

  it('is refused with every field that is wrong, one a line, whatever is refused', async () => {
    const job = await submit([task('one'), task('two')]);
    const lost = [task('one', { depends_on: ['ghost'] }), task('one', { agent: 'nobody' })];
    const { exit, stderr } = await cli(['edit-plan', job, file('lost.yaml', { tasks: lost })]);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^ {2}tasks\.0\.depends_on\.0 \(task one\): no task has the id 'ghost'$/m);
    expect(stderr).toMatch(/^ {2}tasks\.1\.task_id \(task one\): duplicate id 'one'$/m);
    expect(stderr).toMatch(/^ {2}tasks\.1\.agent \(task one\): no agent is called 'nobody'/m);
    await json([
      'edit-plan',
      job,
      file('person.yaml', { tasks: [{ ...task('p'), agent: 'human', command: null }] }),
    ]);
    await json(['approve', job]);
    await reach(job, 'blocked', 'p');
    const shell = await cli(['retry', job, 'p', '--agent', 'command']);
    expect(shell.stderr).toMatch(/^ {2}agent: only a task with a command/m);
    await cli(['cancel', job]);
  });

  it('can be revised in an editor, and rejected', async () => {
    const job = await submit([task('one')]);
    const env = { EDITOR: `sed -i 's/title: Do one/title: By hand/'` };
    const edited = await runCli(['edit-plan', job, '--json'], { url: service.url, env });
    expect(JSON.parse(edited.stdout)).toMatchObject({ plan_version: 2 });
    expect((await json(['plan', job])).tasks[0].title).toBe('By hand');
    expect((await json(['plan', job, '--plan-version', '1'])).tasks[0].title).toBe('Do one');
    const unchanged = await runCli(['edit-plan', job], { url: service.url, env: { EDITOR: 'true' } });
    expect(unchanged).toMatchObject({
      exit: 1,
      stderr: 'orchestrator: Nothing was changed.\n',
    });
    expect(await json(['reject', job, '--reason', 'not now'])).toMatchObject({ job_id: job });
    await reach(job, 'rejected');
    expect((await cli(['watch', job])).exit).toBe(6);
  });

  it('is planned again with feedback', async () => {
    const answer = await json([
      'submit',
      '--title',
      'Plan me',
      '--description',
      '1. Write a draft.\n2. Then review it.',
    ]);
    expect(answer.plan.source).toBe('rules');
    expect(await json(['revise', answer.job_id, 'Also translate it'])).toMatchObject({
      job_id: answer.job_id,
    });
    await until(async () => (await json(['plan', answer.job_id])).version > 1, { what: 'a second version' });
    const blocked = /certain to be blocked: .*no_provider/;
    expect((await cli(['plan', answer.job_id])).stdout).toMatch(blocked);
    expect(await cli(['approve', answer.job_id])).toMatchObject({
      exit: 0,
      stderr: expect.stringMatching(blocked),
    });
    await cli(['cancel', answer.job_id]);
  });
});

describe('steering a running job', patience, () => {
  it('decides gates and human tasks', async () => {
    const job = await submit(
      [
        task('gate', { approval: 'required' }),
        task('refused', { approval: 'required' }),
        task('by-id', { approval: 'required' }),
        { task_id: 'person', title: 'Sign', agent: 'human' },
      ],
      { auto_approve: true },
    );
    await reach(job, 'blocked', 'person');
    const waiting = await cli(['status', job]);
    expect(waiting.stdout).toContain(`orchestrator approve-task ${job} gate`);
    expect(waiting.stdout).toContain(`orchestrator complete ${job} person --output TEXT`);
    const { approvals } = await json(['approvals', job]);
    expect(approvals).toHaveLength(4);
    expect(await cli(['approve-task', job, 'gate'])).toMatchObject({ exit: 0 });
    expect(await cli(['reject-task', job, 'refused', '--reason', 'no'])).toMatchObject({ exit: 0 });
    expect(await cli(['decide', job, 'gate-by-id', 'approve'])).toMatchObject({ exit: 0 });
    const outputs = file('outputs.yaml', { signed_by: 'Ada' });
    const done = await cli(
      ['complete', job, 'person', '--output-file', '-', '--outputs', outputs],
      'Signed by Ada',
    );
    expect(done).toMatchObject({ exit: 0 });
    await reach(job, 'completed');
    const view = await status(job);
    expect(view.stats).toMatchObject({ completed: 3, skipped: 1 });
    expect(view.tasks[3]).toMatchObject({ output_preview: 'Signed by Ada', outputs: { signed_by: 'Ada' } });
  });

  it('pauses, goes on, gives money, retries, skips, finishes and cancels', async () => {
    const flag = join(folder, 'repaired');
    const job = await submit(
      [
        task('broken', { command: `test -e ${flag}`, max_attempts: 1 }),
        task('after', { depends_on: ['broken'] }),
        task('hopeless', { command: 'exit 3', max_attempts: 1 }),
        task('worse', { command: 'exit 4', max_attempts: 1 }),
      ],
      { auto_approve: true },
    );
    await reach(job, 'needs_review');
    const review = await cli(['status', job]);
    expect(review.stdout).toMatch(/What went wrong\n {2}broken: the command exited with 1/);
    expect(review.stdout).toContain(`orchestrator retry ${job} broken`);
    writeFileSync(flag, '');
    const retried = await json(['retry', job, 'broken', '--prompt', 'Try again']);
    expect(retried).toEqual({ status: 'retrying', task_id: 'broken', retry_count: 1 });
    expect(await cli(['skip', job, 'hopeless'])).toMatchObject({ exit: 0 });
    await reach(job, 'completed', 'after');
    await reach(job, 'needs_review');
    expect(await cli(['budget', job, '2.50'])).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('$2.50 added'),
    });
    expect((await status(job)).budget.limit_usd).toBe(12.5);
    expect(await cli(['finish', job])).toMatchObject({ exit: 0 });
    await reach(job, 'completed');

    const slow = await submit(
      [task('slow', { command: 'sleep 60' }), task('next', { depends_on: ['slow'] })],
      {
        auto_approve: true,
      },
    );
    await reach(slow, 'running', 'slow');
    expect(await json(['pause', slow])).toMatchObject({ status: 'paused' });
    expect(await json(['resume', slow])).toMatchObject({ status: 'running' });
    expect(await json(['cancel', slow, '--reason', 'enough'])).toMatchObject({ status: 'cancelled' });
    expect((await cli(['pause', slow])).exit).toBe(4);
  });
});
