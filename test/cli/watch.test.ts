import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../setup/until.ts';
import { jsonCli, runCli, startCli } from './run.ts';
import { startService, type TestService } from './service.ts';

let service: TestService;
let folder: string;

beforeAll(async () => {
  service = await startService();
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-watch-'));
});
afterAll(async () => {
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A job whose one task says that it runs, then waits for a file. */
function waitingJob(go: string, rest: Record<string, unknown> = {}): string {
  const command = `echo started; until [ -e ${go} ]; do sleep 0.05; done; echo finished`;
  const tasks = [{ task_id: 'wait', title: 'Wait', agent: 'command', command }];
  return JSON.stringify({
    title: 'Waiting',
    description: 'For a file',
    auto_approve: true,
    plan: { tasks },
    ...rest,
  });
}

const submit = async (body: string): Promise<string> =>
  (await jsonCli(['submit', '-'], { url: service.url, stdin: body })).job_id;

describe('watching', { timeout: 120_000 }, () => {
  it('goes on over a restart of the API, with every event once', async () => {
    const go = join(folder, 'restart');
    const job = await submit(waitingJob(go));
    const watch = startCli(['watch', job], { url: service.url });
    const events = startCli(['events', job, '-f', '--json'], { url: service.url });
    const logs = startCli(['logs', job, 'wait', '-f'], { url: service.url });
    await until(() => watch.stdout().includes('task.started') && logs.stdout().includes('started'), {
      what: 'all three to look',
    });
    await until(() => events.stdout().includes('task.started'), { what: 'the events' });
    await service.stopApi();
    await until(() => watch.stderr().includes('The connection broke'), { what: 'the outage to be told' });
    writeFileSync(go, '');
    await service.startApi();
    const ended = await watch.ended;
    expect(ended.exit).toBe(0);
    expect(ended.stderr).toContain('Connected again.');
    const numbers = [...ended.stdout.matchAll(/#(\d+) /g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(ended.stdout).toMatch(/Waiting {2}\S+ {2}completed/);
    const seqs = (await events.ended).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).seq);
    expect(seqs).toEqual(numbers);
    expect(await logs.ended).toMatchObject({ exit: 0, stdout: 'started\nfinished\n' });
  });

  it('waits for the end after submit, and says how it was by exit code and JSON', async () => {
    const fails = JSON.stringify({
      title: 'Fails',
      description: 'It does',
      on_task_failure: 'fail',
      plan: { tasks: [{ task_id: 'no', title: 'No', agent: 'command', command: 'exit 9', max_attempts: 1 }] },
    });
    const args = ['submit', '--auto-approve', '--wait', '--json'];
    const [failed, completed] = await Promise.all([
      runCli(args, { url: service.url, stdin: fails }),
      runCli(args, { url: service.url, stdin: fails.replace('exit 9', 'true') }),
    ]);
    expect(failed).toMatchObject({ exit: 6, stderr: '' });
    expect(JSON.parse(failed.stdout)).toMatchObject({ status: 'failed', tasks: [{ status: 'failed' }] });
    expect(completed.exit).toBe(0);
    expect(JSON.parse(completed.stdout)).toMatchObject({ status: 'completed' });
  });

  it('stops looking when the time is up or on Ctrl-C, and the job goes on', async () => {
    const go = join(folder, 'later');
    const job = await submit(waitingJob(go));
    const timed = runCli(['watch', job, '--timeout', '1'], { url: service.url });
    const interrupted = startCli(['watch', job], { url: service.url });
    await until(() => interrupted.stdout().includes('task.started'), { what: 'the watch to begin' });
    interrupted.process.kill('SIGINT');
    expect(await interrupted.ended).toMatchObject({
      exit: 130,
      stderr: expect.stringContaining('the job continues'),
    });
    expect(await timed).toMatchObject({ exit: 6, stderr: expect.stringContaining('Time is up') });
    expect(existsSync(go)).toBe(false);
    writeFileSync(go, '');
    expect((await runCli(['watch', job], { url: service.url })).exit).toBe(0);
  });

  it('follows the events of all jobs', async () => {
    const feed = startCli(['events', '-f'], { url: service.url });
    // what was before it began is not shown, so jobs are made until it has begun
    await until(
      async () => {
        const go = join(folder, 'feed');
        writeFileSync(go, '');
        const job = await submit(waitingJob(go));
        await runCli(['watch', job], { url: service.url });
        return feed.stdout().includes('job.completed');
      },
      { what: 'the feed' },
    );
    feed.process.kill('SIGTERM');
    await feed.ended;
    expect(feed.stdout()).toMatch(/^\S+ {2}\d\d:\d\d:\d\d {2}#\d+/m);
  });
});
