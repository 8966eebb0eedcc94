import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ApprovalView } from '../../contracts/view.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { assistant, type RealDriver, SHORT, useAssistants, WHOLE_ROUND } from './setup.ts';

/** What holds for every coding assistant that has a person asked, whose real program works here. */
export function askSuite(driver: RealDriver): void {
  const world = useAssistants(driver, { agents: [assistant(driver, { permissions: 'ask' }, 'asker')] });
  const start = (description: string): Promise<TestJob> =>
    startJob(world, { plan: planOf([{ task_id: 't', description, agent: 'asker', max_attempts: 1 }]) });
  const read = (job: TestJob, name: string) =>
    readFile(join(world.deps.work_dir, job.job_id, name), 'utf8').catch(() => null);
  /** what a person is asked, once it is */
  const asked = (job: TestJob, before: readonly string[] = []) =>
    until(
      async () =>
        (await job.handle.query<ApprovalView[]>('approvals')).find(
          ({ approval_id }) => !before.includes(approval_id),
        ),
      { what: 'a question' },
    );
  const decide = (job: TestJob, approval_id: string, more: object = {}) =>
    job.update('decide_approval', { approval_id, decision: 'approve', ...more });
  const over = (job: TestJob) => job.reach('completed', 'failed', 'needs_review');

  describe(`${driver} asks`, () => {
    test('before a command, without a process or a slot, and does it once it is allowed', async () => {
      const job = await start('Run the command');
      const command = `sh -c 'echo ran >> ${join(world.deps.work_dir, job.job_id, 'ran.txt')}'`;
      const write = { path: join(world.deps.work_dir, job.job_id, 'a.txt'), content: 'unasked' };
      world.fake.expect('Run the command', 0, { text: 'I write.', write });
      world.fake.expect('Run the command', 1, { text: 'May I?', command });
      const question = await asked(job);
      expect(question).toMatchObject({
        kind: 'tool_call',
        task_id: 't',
        prompt: expect.stringMatching(/^asker wants to use /),
      });
      expect(JSON.stringify(question.arguments)).toContain('echo ran');
      expect((await job.status()).budget).toMatchObject({ reserved_usd: 0 });
      expect(await read(job, 'a.txt')).toBe('unasked');
      expect(await read(job, 'ran.txt')).toBeNull();

      world.fake.expect('a person allowed it', null, { text: 'I do it.', command });
      world.fake.expect('a person allowed it', null, { text: 'And once more.', command });
      await decide(job, question.approval_id);
      // what was allowed once is asked for again
      const again = await asked(job, [question.approval_id]);
      expect(await read(job, 'ran.txt')).toBe('ran\n');
      world.fake.expect('A person denied it', null, { text: 'Once is enough.' });
      await decide(job, again.approval_id, { decision: 'deny', reason: 'that will do' });
      expect((await over(job)).tasks[0]).toMatchObject({
        ...{ status: 'completed', attempt: 1, output_preview: 'Once is enough.' },
      });
      expect(await read(job, 'ran.txt')).toBe('ran\n');
      expect(world.fake.calls().at(-1)).toContain('that will do');
      const sessions = (await job.events()).flatMap(({ data }) => (data.session ? [data.session] : []));
      expect(new Set(sessions).size).toBe(1);
    });

    const isShort = SHORT.includes(driver);
    test.skipIf(isShort)(
      `and may do it with the arguments of the person${isShort ? WHOLE_ROUND : ''}`,
      async () => {
        const job = await start('Run it otherwise');
        const inFolder = (name: string) => join(world.deps.work_dir, job.job_id, name);
        world.fake.expect('Run it otherwise', 0, {
          text: 'May I?',
          command: `sh -c 'echo 1 > ${inFolder('one.txt')}'`,
        });
        const question = await asked(job);
        const command = `sh -c 'echo 2 > ${inFolder('two.txt')}'`;
        world.fake.expect('with other arguments', null, { text: 'So be it.', command });
        world.fake.expect('with other arguments', null, { text: 'Done.' });
        const edited = JSON.parse(
          JSON.stringify(question.arguments).replaceAll('echo 1', 'echo 2').replaceAll('one.txt', 'two.txt'),
        );
        await decide(job, question.approval_id, { arguments: edited });
        expect((await over(job)).tasks[0]).toMatchObject({ status: 'completed', output_preview: 'Done.' });
        expect(await read(job, 'one.txt')).toBeNull();
        expect(await read(job, 'two.txt')).toBe('2\n');
      },
    );
  });
}
