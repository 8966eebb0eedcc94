import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../setup/until.ts';
import { jsonCli, runCli } from './run.ts';
import { startService, type TestService } from './service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service?.close());

const cli = (args: string[], stdin?: string) => runCli(args, { url: service.url, stdin });
const json = (args: string[], stdin?: string) => jsonCli(args, { url: service.url, stdin });

/** Every step is a process of its own, and other tests run beside. */
const patience = { timeout: 180_000 };

/** A running job: a person signs, and then an agent writes notes. */
async function running(): Promise<string> {
  const tasks = [
    { task_id: 'sign', title: 'Sign', agent: 'human' },
    { task_id: 'notes', title: 'Notes', agent: 'communicator', depends_on: ['sign'] },
  ];
  const body = { title: 'A job', description: 'Something', auto_approve: true, plan: { tasks } };
  const { job_id } = await json(['submit', '-'], JSON.stringify(body));
  await until(
    async () =>
      (await service.worker.client.workflow.getHandle(`job-${job_id}`).query<{ status: string }>('status'))
        .status === 'running',
    { what: 'the job to run' },
  );
  return job_id;
}

it(
  'change-plan adds, changes and drops tasks that have not started, against a version',
  patience,
  async () => {
    const job = await running();
    const change = {
      add: [{ task_id: 'check', title: 'Check', agent: 'human', depends_on: ['notes'] }],
      change: [{ task_id: 'notes', title: 'Short notes' }],
    };
    const changed = await cli(['change-plan', job, '-', '--plan-version', '1'], JSON.stringify(change));
    expect(changed).toMatchObject({ exit: 0, stderr: '' });
    expect(changed.stdout).toContain('version 2');
    const { tasks } = await json(['plan', job]);
    expect(tasks.map(({ task_id, title }: { task_id: string; title: string }) => [task_id, title])).toEqual([
      ['sign', 'Sign'],
      ['notes', 'Short notes'],
      ['check', 'Check'],
    ]);
    const dropped = await json(['change-plan', job, '--drop', 'check']);
    expect(dropped).toMatchObject({ plan_version: 3 });
    const [stale, started, nothing] = await Promise.all([
      cli(['change-plan', job, '--drop', 'notes', '--plan-version', '1']),
      cli(['change-plan', job, '--drop', 'sign']),
      cli(['change-plan', job]),
    ]);
    expect(stale).toMatchObject({ exit: 4, stderr: expect.stringContaining('version') });
    expect(started).toMatchObject({ exit: expect.any(Number), stderr: expect.stringContaining('sign') });
    expect(started.exit).not.toBe(0);
    expect(nothing).toMatchObject({ exit: 2, stderr: expect.stringContaining('--drop') });
    await cli(['cancel', job]);
  },
);

it(
  'message writes to an agent, messages prints what was said, line by line with --json',
  patience,
  async () => {
    const job = await running();
    expect((await cli(['messages', job])).stderr).toContain('no messages yet');
    const key = ['--idempotency-key', 'say-it-once'];
    const sent = await json(['message', job, 'notes', 'Keep it short', ...key]);
    expect(await json(['message', job, 'notes', 'Keep it short', ...key])).toEqual(sent);
    expect((await cli(['message', job, 'all', 'The sign-off takes a day'])).stdout).toMatch(
      /^m-2 sent to all/,
    );
    const unknown = await cli(['message', job, 'nobody', 'Hello?']);
    expect(unknown).toMatchObject({ exit: 3, stderr: expect.stringContaining('there are: notes') });

    const { stdout } = await cli(['messages', job]);
    expect(stdout).toMatch(/m-1 message operator → communicator \(notes\)\nKeep it short/);
    expect(stdout).toMatch(/m-2 message operator → all\nThe sign-off takes a day/);
    const lines = (await cli(['messages', job, '--json'])).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).content)).toEqual([
      'Keep it short',
      'The sign-off takes a day',
    ]);
    await cli(['cancel', job]);
  },
);

it('routing shows what is in force, and replaces it as a whole', patience, async () => {
  expect((await cli(['routing', 'show'])).stdout).toContain('from orchestrator.yaml');
  const worker_model = { provider: 'gemini', model: 'gemini-flash' };
  const set = await cli(['routing', 'set', '-'], JSON.stringify({ worker_model }));
  expect(set).toMatchObject({ exit: 0, stdout: expect.stringContaining('gemini-flash') });
  expect(set.stdout).toContain('GEMINI_API_KEY');
  expect(await json(['routing', 'show'])).toMatchObject({ source: 'settings', routing: { worker_model } });
  const wrong = await cli(
    ['routing', 'set', '-'],
    JSON.stringify({ worker_model: 'gemini-flash', other: 1 }),
  );
  expect(wrong).toMatchObject({ exit: 2, stderr: expect.stringContaining('worker_model') });
  expect(await json(['routing', 'show'])).toMatchObject({ routing: { worker_model } });
});
