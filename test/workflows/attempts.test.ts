import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { startTestWorker, type TestWorker } from '../setup/worker.ts';

let worker: TestWorker;
beforeAll(async () => {
  worker = await startTestWorker({ secrets: { TOKEN: 'hush-hush' } });
});
afterAll(() => worker.close());

/** A command that leaves its process id behind and then stays. */
const stay = (name: string) => `echo $$ > ${name}.pid; exec sleep 300`;

async function pidOf(job_id: string, name: string): Promise<number> {
  return until(
    async () => Number(await readFile(join(worker.folder, 'work', job_id, `${name}.pid`), 'utf8')),
    {
      what: `the process id of ${name}`,
    },
  );
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('attempts', () => {
  test('a task that fails at first is tried again, and the next attempt is told why', async () => {
    const command =
      'test "$ORCHESTRATOR_ATTEMPT" = 2 || { echo broken >&2; exit 3; }; node -e \'console.log(JSON.parse(require("fs").readFileSync(0)).previous_failure.tail)\'';
    const job = await startJob(worker, { plan: planOf([{ task_id: 'flaky', command }]) });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const [task] = (await job.status()).tasks;
    expect(task).toMatchObject({ status: 'completed', attempt: 2, output_preview: 'broken\n\n' });
    const retrying = (await job.events()).find(({ type }) => type === 'task.retrying');
    expect(retrying).toMatchObject({
      task_id: 'flaky',
      attempt: 1,
      data: { error: { code: 'command_failed' } },
    });
  });

  test('a task out of attempts fails with the end of what it said; the job waits for a person', async () => {
    const job = await startJob(worker, {
      plan: planOf([
        { task_id: 'bad', command: 'echo it went wrong >&2; exit 7', max_attempts: 1 },
        { task_id: 'after', depends_on: ['bad'] },
      ]),
    });
    const view = await job.reach('needs_review');
    expect(view.tasks[0]).toMatchObject({
      status: 'failed',
      worker: 'test:1',
      error: { message: 'the command exited with 7' },
    });
    expect(view.tasks[0]!.error!.tail).toContain('it went wrong');
    expect(view.tasks[1]).toMatchObject({ status: 'skipped', reason: 'dependency_failed' });

    const answer = await job.update('retry_task', { task_id: 'bad', modified_prompt: 'try the other way' });
    expect(answer).toMatchObject({ status: 'retrying', task_id: 'bad', retry_count: 1 });
    const again = await job.reach('needs_review');
    expect(again.tasks[0]).toMatchObject({ attempt: 2, retry_count: 1, description: 'try the other way' });

    await job.update('skip_task', { task_id: 'bad' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    const end = await job.status();
    expect(end.tasks.map(({ status, reason }) => [status, reason])).toEqual([
      ['skipped', 'by_person'],
      ['completed', null],
    ]);
  });

  test('an attempt that takes too long is ended with its processes, and tried again', async () => {
    const job = await startJob(worker, {
      plan: planOf([{ task_id: 'slow', command: stay('slow'), timeout_seconds: 1, max_attempts: 1 }]),
    });
    const view = await job.reach('needs_review');
    expect(view.tasks[0]).toMatchObject({ status: 'failed', worker: 'test:1', error: { code: 'timeout' } });
    expect(isAlive(await pidOf(job.job_id, 'slow'))).toBe(false);
    await job.update('cancel');
    await job.result();
  });

  test('total_timeout_seconds ends a task over all its attempts', async () => {
    const job = await startJob(worker, {
      on_task_failure: 'fail',
      plan: planOf([
        { task_id: 'slow', command: 'sleep 1.5; exit 1', max_attempts: 20, total_timeout_seconds: 4 },
      ]),
    });
    expect(await job.result()).toMatchObject({ status: 'failed' });
    const [task] = (await job.status()).tasks;
    expect(task).toMatchObject({ worker: 'test:1', error: { code: 'total_timeout' } });
    expect(task!.attempt).toBeGreaterThan(1);
    expect(task!.attempt).toBeLessThan(5);
  });

  test('cancel ends running commands, and nothing starts after it', async () => {
    const job = await startJob(worker, {
      plan: planOf([
        { task_id: 'one', command: stay('one') },
        { task_id: 'two', command: stay('two') },
        { task_id: 'three', depends_on: ['one'] },
      ]),
    });
    const pids = [await pidOf(job.job_id, 'one'), await pidOf(job.job_id, 'two')];
    expect(await job.update('cancel', { reason: 'enough' })).toMatchObject({ cancel_requested: true });
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    expect(pids.map(isAlive)).toEqual([false, false]);
    const view = await job.status();
    expect(view).toMatchObject({ status: 'cancelled', error: { message: 'enough' } });
    expect(view.tasks.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(view.tasks.map((task) => task.worker)).toEqual(['test:1', 'test:1', null]);
  });

  test('cancelling the workflow in the Temporal Web UI does the same', async () => {
    const job = await startJob(worker, { plan: planOf([{ task_id: 'one', command: stay('one') }]) });
    const pid = await pidOf(job.job_id, 'one');
    await job.handle.cancel();
    expect(await job.result()).toMatchObject({ status: 'cancelled' });
    expect(isAlive(pid)).toBe(false);
    expect((await job.events()).at(-1)).toMatchObject({ type: 'job.cancelled', actor: 'temporal' });
  });

  test('a running task that a person skips is ended, and its dependents continue without it', async () => {
    const job = await startJob(worker, {
      plan: planOf([
        { task_id: 'one', command: stay('one') },
        { task_id: 'next', depends_on: ['one'] },
      ]),
    });
    const pid = await pidOf(job.job_id, 'one');
    await job.update('skip_task', { task_id: 'one' });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect(isAlive(pid)).toBe(false);
    const view = await job.status();
    expect(view.tasks.map(({ status }) => status)).toEqual(['skipped', 'completed']);
  });

  test('secrets reach the command and nothing else', async () => {
    const job = await startJob(worker, {
      plan: planOf([
        {
          task_id: 'secretive',
          command: 'echo "token is $T"; echo "$T" > "$ORCHESTRATOR_ARTIFACTS/ok.txt"; test ${#T} = 9',
          env: { T: '${secret:TOKEN}' },
        },
      ]),
    });
    expect(await job.result()).toMatchObject({ status: 'completed' });
    expect((await job.status()).tasks[0]!.output_preview).toBe('token is ***\n');
    const history = await job.handle.fetchHistory();
    const decoded = (key: string, value: unknown) =>
      key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value;
    const written = JSON.stringify(history, decoded);
    expect(written).toContain('token is ***');
    expect(written).not.toContain('hush-hush');
    expect(JSON.stringify([await job.events(), worker.notes])).not.toContain('hush-hush');
  });

  test('a secret that is missing fails the task by name, at once', async () => {
    const job = await startJob(worker, {
      on_task_failure: 'fail',
      plan: planOf([{ task_id: 'secretive', env: { T: '${secret:NOPE}' } }]),
    });
    expect(await job.result()).toMatchObject({ status: 'failed' });
    const [task] = (await job.status()).tasks;
    expect(task).toMatchObject({ attempt: 1, error: { code: 'secret_missing' } });
    expect(task!.error!.message).toContain('ORCHESTRATOR_SECRET_NOPE');
  });
});
