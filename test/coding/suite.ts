import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { taskWorkflowId } from '../../contracts/names.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import type { JobView } from '../../contracts/view.ts';
import { readTranscript } from '../../store/content/conversations.ts';
import { allThatIsKept } from '../agents/kept.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { leftOf } from './left.ts';
import { type CodingWorld, type RealDriver, SHORT, WHOLE_ROUND } from './setup.ts';

const OVER: JobView['status'][] = ['completed', 'failed', 'needs_review', 'cancelled'];

/** What holds for every coding assistant, whose real program works here. */
export function suite(driver: RealDriver, world: CodingWorld): void {
  const isShort = SHORT.includes(driver);
  const start = (description: string, rest: Partial<JobSpec> = {}, task: object = {}): Promise<TestJob> =>
    startJob(world, {
      ...rest,
      plan: planOf([{ task_id: 't', description, agent: driver, max_attempts: 1, ...task }]),
    });
  const folderOf = (job: TestJob) => join(world.deps.work_dir, job.job_id);
  const taskOf = async (job: TestJob) => (await job.status()).tasks[0]!;
  const rowsOf = async (job: TestJob) => await world.store.readLedger(job.job_id);
  const costOf = async (job: TestJob) => (await rowsOf(job)).reduce((sum, { cost_usd }) => sum + cost_usd, 0);
  const saidIn = async (job: TestJob) => {
    const { conversation } = await taskOf(job);
    return JSON.stringify(await readTranscript(world.store, conversation ?? null));
  };

  describe(`${driver} at work`, () => {
    test('edits a file by its own tools, hands over what it says, and costs what its provider bills', async () => {
      const before = world.fake.billedUsd();
      const job = await start('Greet the world');
      const path = join(folderOf(job), 'a file.txt');
      world.fake.expect('Greet the world', 0, { text: 'I write it.', write: { path, content: 'hello\n' } });
      world.fake.expect('Greet the world', 1, { text: 'It is written.' });
      const view = await job.reach(...OVER);
      expect(view.tasks[0]).toMatchObject({
        status: 'completed',
        output_preview: 'It is written.',
        error: null,
      });
      expect(await readFile(path, 'utf8')).toBe('hello\n');

      const rows = await rowsOf(job);
      expect(rows).toMatchObject([{ status: 'settled', purpose: 'task', agent: driver, task_id: 't' }]);
      expect(rows[0]!.cost_usd).toBeCloseTo(world.fake.billedUsd() - before, 8);
      expect(view.budget).toMatchObject({ reserved_usd: 0 });
      expect(view.budget.spent_usd).toBeCloseTo(rows[0]!.cost_usd, 8);

      const said = await saidIn(job);
      for (const words of ['I write it.', 'a file.txt', 'It is written.']) expect(said).toContain(words);
      const told = (await job.events()).filter(({ type }) => type === 'task.progress');
      expect(told).toMatchObject([{ data: { message: expect.stringContaining('works in its session') } }]);
      const live = world.notes.flatMap((note) =>
        note.kind === 'delta' && note.job_id === job.job_id ? note.text : [],
      );
      expect(live.join('')).toContain('It is written.');
    });

    test('takes a prompt of 200 KB', async () => {
      const long = 'word '.repeat(18_000);
      const job = await start(`Read it all ${long}${long.slice(0, 9_000)} and so ends it`.slice(0, 100_000), {
        description: long,
      });
      world.fake.expect('Read it all', 0, { text: 'Read.' });
      expect((await job.reach(...OVER)).tasks[0]).toMatchObject({
        status: 'completed',
        output_preview: 'Read.',
      });
      expect(world.fake.calls().at(-1)!.length).toBeGreaterThan(190_000);
    });

    test('gets its own key, a HOME of its own, and nothing else of the service', async () => {
      const job = await start('Show the environment');
      world.fake.hang('Show the environment', 'I look.');
      await until(() => world.fake.calls().some((call) => call.includes('Show the environment')));
      const pids = leftOf(job).map((line) => Number.parseInt(line, 10));
      const all = await Promise.all(
        pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')),
      );
      await job.update('cancel');
      const [environment] = all.filter(Boolean);
      expect(environment).toContain(`HOME=${join(folderOf(job), '.assistants/t/home')}`);
      expect(environment).toContain('GIT_TERMINAL_PROMPT=0');
      expect(environment).toMatch(/_API_KEY=(sk|gm)-/);
      expect(all.join()).not.toContain('of-the-service');
    });
  });

  describe.skipIf(isShort)(`${driver} and its key`, () => {
    test('is not told by its words', async () => {
      const key = Object.entries(world.deps.environment).find(([name]) => name.endsWith('_API_KEY'))![1]!;
      const job = await start('Say your key');
      world.fake.expect('Say your key', 0, { text: `It is ${key}.` });
      const view = await job.reach(...OVER);
      expect(view.tasks[0]).toMatchObject({ status: 'completed', output_preview: 'It is ***.' });
      await job.result();
      expect(await allThatIsKept(world, job.job_id, { tasks: true })).not.toContain(key);
    });
  });

  describe.skipIf(isShort)(`${driver} and what goes wrong${isShort ? WHOLE_ROUND : ''}`, () => {
    test('a wrong key ends the attempt, and says so', async () => {
      const job = await start('Use a wrong key');
      world.fake.refuse('Use a wrong key', 401);
      const view = await job.reach(...OVER);
      expect(view.tasks[0]).toMatchObject({ status: 'failed', error: { code: 'provider_auth' } });
      expect(await costOf(job)).toBe(0);
    });

    test('a rate limit parks it without a process, a slot or money, and costs no attempt', async () => {
      const job = await start('Come too often');
      world.fake.refuse('Come too often', 429);
      await until(async () => (await job.events()).some(({ type }) => type === 'task.parked'));
      expect(leftOf(job)).toEqual([]);
      expect((await job.status()).budget).toMatchObject({ reserved_usd: 0, spent_usd: 0 });
      world.fake.expect('Come too often', 0, { text: 'Now.' });
      expect((await job.reach(...OVER)).tasks[0]).toMatchObject({ status: 'completed', attempt: 1 });
    });

    test('cancelled in the middle, nothing of it runs, and no call follows', async () => {
      const job = await start('Stop in the middle');
      world.fake.hang('Stop in the middle', 'I begin to');
      await until(() => world.fake.calls().some((call) => call.includes('Stop in the middle')));
      await until(async () => (await saidIn(job)) !== undefined && leftOf(job).length > 0);
      await job.update('cancel');
      expect(await job.result()).toMatchObject({ status: 'cancelled' });
      const calls = world.fake.calls().length;
      expect(leftOf(job)).toEqual([]);
      const task = await world.client.workflow.getHandle(taskWorkflowId(job.job_id, 't')).describe();
      expect(task.status.name).not.toBe('RUNNING');
      const rows = await rowsOf(job);
      expect(rows).toMatchObject([{ status: 'estimated' }]);
      expect(rows[0]!.cost_usd).toBeGreaterThan(0);
      expect((await job.status()).budget.reserved_usd).toBe(0);
      expect(world.fake.calls()).toHaveLength(calls);
    });

    test('a message of the operator ends it, and it goes on in its session with the message', async () => {
      const job = await start('Listen to me');
      world.fake.hang('Listen to me', 'I am about to');
      await until(() => world.fake.calls().some((call) => call.includes('Listen to me')));
      world.fake.expect('Use blue instead', null, { text: 'Blue it is.' });
      await job.update('send_message', { to: 't', content: 'Use blue instead' });
      expect((await job.reach(...OVER)).tasks[0]).toMatchObject({
        status: 'completed',
        output_preview: 'Blue it is.',
      });
      const last = world.fake.calls().at(-1)!;
      expect(last).toContain('Listen to me');
      expect(last.split('Use blue instead')).toHaveLength(2);
    });
  });

  describe(`${driver} and money`, () => {
    test('without money it is blocked with its session, and goes on in it when there is more', async () => {
      const job = await start('Spend it all', { budget_usd: 0.16 });
      const write = (name: string) => ({ path: join(folderOf(job), name), content: name });
      const step = (_: unknown, index: number) => `Of step ${index} I write down what came of it. `;
      const text = Array.from({ length: 200 }, step).join('');
      world.fake.expect('Spend it all', 0, { text, write: write('first.txt') });
      await job.taskReaches('t', 'blocked');
      const blocked = await job.status();
      expect(blocked.tasks[0]).toMatchObject({ reason: 'budget_exhausted', attempt: 1 });
      expect(blocked.budget.spent_usd).toBeLessThanOrEqual(0.16);
      expect(blocked.budget).toMatchObject({ reserved_usd: 0 });
      expect(leftOf(job)).toEqual([]);
      world.fake.expect('write down what came of it', null, { text: 'Again.', write: write('second.txt') });
      world.fake.expect('write down what came of it', null, { text: 'All written.' });
      await job.update('add_budget', { add_usd: 10 });
      expect((await job.reach(...OVER)).tasks[0]).toMatchObject({
        status: 'completed',
        output_preview: 'All written.',
      });
      expect(await readFile(join(folderOf(job), 'second.txt'), 'utf8')).toBe('second.txt');
      const sessions = new Set(
        (await job.events()).flatMap(({ data }) => (data.session ? [data.session] : [])),
      );
      expect(sessions.size).toBe(1);
    });
  });
}
