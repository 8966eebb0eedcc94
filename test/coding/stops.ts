import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MISSING } from '../sandbox/setup.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { leftOf } from './left.ts';
import { assistant, useAssistants } from './setup.ts';

/** Time for a real program to come to its first answer on a busy machine, in seconds. */
const TIME = 15;

/**
 * What ends a coding assistant before it is done, and how it goes on then; its real program works here. Not opencode's: what a call used
 * it tells only when its tools have run, so that its costs are estimates then.
 */
export function stopSuite(driver: 'claude' | 'codex' | 'gemini'): void {
  const world = useAssistants(driver, {
    in_sandbox: MISSING === null,
    agents: [
      assistant(driver, { permissions: 'all' }, 'free'),
      assistant(driver, { permissions: 'all', max_turns: 2 }, 'brief'),
    ],
  });
  const start = (description: string, task: object = {}): Promise<TestJob> =>
    startJob(world, {
      plan: planOf([{ task_id: 't', description, agent: driver, max_attempts: 1, ...task }]),
    });
  const inFolder = (job: TestJob, name: string) => join(world.deps.work_dir, job.job_id, name);
  const over = (job: TestJob) => job.reach('completed', 'failed', 'needs_review');
  const asked = (about: string, times = 1) =>
    until(() => world.fake.calls().filter((call) => call.includes(about)).length >= times, {
      what: `${times} calls about ${about}`,
    });
  const sessionsOf = async (job: TestJob) =>
    (await job.events()).flatMap(({ data }) => (data.session ? [data.session] : []));
  const rowsOf = (job: TestJob) => world.store.readLedger(job.job_id);
  const costOf = async (job: TestJob) => (await rowsOf(job)).reduce((sum, { cost_usd }) => sum + cost_usd, 0);
  /** a command that says that it runs, and goes on for ever */
  const endless = (job: TestJob) => `touch ${inFolder(job, 'begun')}; sleep 600`;
  const begun = (job: TestJob) => until(() => existsSync(inFolder(job, 'begun')), { what: 'its command' });

  describe(`${driver} is stopped`, () => {
    test('by a pause in the middle of an answer, and goes on in its session once that is over', async () => {
      const job = await start('Pause in an answer');
      world.fake.hang('Pause in an answer', 'I am about to');
      await asked('Pause in an answer');
      await until(async () => (await sessionsOf(job)).length > 0);
      const calls = world.fake.calls().length;
      await job.update('pause');
      await until(() => leftOf(job).length === 0, { what: 'its end' });
      const paused = await until(async () => {
        const view = await job.status();
        return view.budget.reserved_usd === 0 && view;
      });
      expect(paused).toMatchObject({ status: 'paused', tasks: [{ status: 'running', attempt: 1 }] });
      expect(await rowsOf(job)).toMatchObject([{ status: 'estimated' }]);
      expect(world.fake.calls()).toHaveLength(calls);

      world.fake.expect('Pause in an answer', null, { text: 'On I go.' });
      await job.update('resume');
      expect((await over(job)).tasks[0]).toMatchObject({
        ...{ status: 'completed', attempt: 1, output_preview: 'On I go.' },
      });
      expect(world.fake.calls().at(-1)).toContain('You were interrupted');
      expect(new Set(await sessionsOf(job)).size).toBe(1);
      expect(await rowsOf(job)).toMatchObject([{ status: 'estimated' }, { status: 'settled' }]);
    });

    test.skipIf(MISSING)('by a pause in the middle of a tool, which ends with it', async () => {
      const before = world.fake.billedUsd();
      const job = await start('Pause in a tool', { agent: 'free' });
      world.fake.expect('Pause in a tool', 0, { text: 'I wait.', command: endless(job) });
      await begun(job);
      await job.update('pause');
      await until(() => leftOf(job).length === 0, { what: 'its end' });
      const [row] = await until(async () => {
        const rows = await rowsOf(job);
        return rows[0]?.status === 'estimated' && rows;
      });
      expect(row!.cost_usd).toBeCloseTo(world.fake.billedUsd() - before, 8);
      world.fake.expect('Pause in a tool', null, { text: 'It was enough.' });
      await job.update('resume');
      expect((await over(job)).tasks[0]).toMatchObject({ status: 'completed', attempt: 1 });
      expect(await costOf(job)).toBeCloseTo(world.fake.billedUsd() - before, 8);
    });

    // the answer is so long that its lease is used up, and it is started again
    test.skipIf(MISSING || driver === 'claude')(
      'by a pause in a long conversation, all of which counts',
      async () => {
        const before = world.fake.billedUsd();
        const job = await start('Pause at length', { agent: 'free' });
        const step = (_: unknown, index: number) => `Of step ${index} I say at length what came of it. `;
        const text = Array.from({ length: 5000 }, step).join('');
        world.fake.expect('Pause at length', 0, { text, command: 'sleep 2' });
        world.fake.hang('Pause at length', 'And so I');
        await asked('Pause at length', 2);
        await job.update('pause');
        const rows = await until(async () => {
          const all = await rowsOf(job);
          return all.length === 2 && all.every(({ status }) => status === 'estimated') && all;
        });
        const billed = world.fake.billedUsd() - before;
        expect(rows[0]!.cost_usd + rows[1]!.cost_usd).toBeGreaterThanOrEqual(billed * 0.95);
        expect(rows[1]!.cost_usd).toBeLessThan(billed);
        await job.update('cancel');
        await job.result();
      },
    );

    test('by the time of its task: nothing of it runs or asks, and the next attempt begins anew, told why', async () => {
      const before = world.fake.billedUsd();
      const job = await start('Take too long', { timeout_seconds: TIME, max_attempts: 2 });
      world.fake.hang('Take too long', 'I begin to');
      await asked('Take too long');
      await until(async () => (await job.events()).some(({ type }) => type === 'task.retrying'));
      expect(leftOf(job)).toEqual([]);
      const [row] = await rowsOf(job);
      expect(row).toMatchObject({ status: 'estimated', attempt: 1 });
      expect(row!.cost_usd).toBeGreaterThanOrEqual((world.fake.billedUsd() - before) * 0.95);
      expect(row!.cost_usd).toBeLessThan(row!.reserved_usd / 2);
      world.fake.expect(`not done within ${TIME} s`, 0, { text: 'In time.' });
      expect((await over(job)).tasks[0]).toMatchObject({
        ...{ status: 'completed', attempt: 2, output_preview: 'In time.' },
      });
      expect(new Set(await sessionsOf(job)).size).toBe(2);
      expect(world.fake.calls().filter((call) => call.includes('Take too long'))).toHaveLength(2);
    });

    test.skipIf(MISSING)(
      'by the time of its task in the middle of a tool, for what its provider bills',
      async () => {
        const before = world.fake.billedUsd();
        const job = await start('Wait too long', { agent: 'free', timeout_seconds: TIME });
        world.fake.expect('Wait too long', 0, { text: 'I wait.', command: endless(job) });
        await begun(job);
        expect((await over(job)).tasks[0]).toMatchObject({
          ...{ status: 'failed', error: { code: 'timeout', tail: expect.stringContaining('I wait.') } },
        });
        expect(leftOf(job)).toEqual([]);
        expect(await rowsOf(job)).toMatchObject([{ status: 'estimated' }]);
        expect(await costOf(job)).toBeCloseTo(world.fake.billedUsd() - before, 8);
        expect((await job.status()).budget.reserved_usd).toBe(0);
      },
    );

    test.skipIf(MISSING)('by the most turns that it may take, with what it has done until then', async () => {
      const before = world.fake.billedUsd();
      const job = await start('Go on and on', { agent: 'brief', max_attempts: 3 });
      const write = { path: inFolder(job, 'first.txt'), content: 'first' };
      world.fake.expect('Go on and on', 0, { text: 'First.', write });
      world.fake.expect('Go on and on', 1, { text: 'Second.', command: 'sleep 5' });
      expect((await over(job)).tasks[0]).toMatchObject({
        ...{
          status: 'failed',
          attempt: 1,
          error: { code: 'turn_limit', message: expect.stringContaining('2') },
        },
      });
      expect(existsSync(inFolder(job, 'first.txt'))).toBe(true);
      expect(leftOf(job)).toEqual([]);
      expect(await costOf(job)).toBeCloseTo(world.fake.billedUsd() - before, 8);
    });
  });
}
