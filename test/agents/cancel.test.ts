import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { taskWorkflowId } from '../../contracts/names.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import {
  agentNamed,
  asked,
  asker,
  billedUsd,
  callsAbout,
  fault,
  turn,
  use,
  useAgents,
  work,
} from './setup.ts';

const world = useAgents({ agents: [agentNamed('tester'), asker()] });

/** Cancels; once that is answered no call is made and nothing runs that could make one. */
async function expectSilenceAfterCancel(job: TestJob, taskId: string): Promise<void> {
  await job.update('cancel');
  expect(await job.result()).toMatchObject({ status: 'cancelled' });
  const calls = world.fake.calls.length;
  const task = await world.client.workflow.getHandle(taskWorkflowId(job.job_id, taskId)).describe();
  expect(task.status.name).not.toBe('RUNNING');
  expect(task.raw.pendingActivities ?? []).toEqual([]);
  expect((await job.status()).tasks[0]).toMatchObject({ status: 'cancelled' });
  expect((await job.status()).budget.reserved_usd).toBe(0);
  expect(world.fake.calls).toHaveLength(calls);
  expect(world.fake.unexpected).toEqual([]);
}

describe('after a job is cancelled its agents make no call', () => {
  test('with tools at work: their processes are ended, no turn follows', async () => {
    world.fake.expect(
      turn('Stop tools', {
        tool_use: [
          use('bash', { command: 'echo $$ > one; exec sleep 300' }),
          use('bash', { command: 'echo $$ > two; exec sleep 300' }),
        ],
      }),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Stop tools')]) });
    const pids = await Promise.all(
      ['one', 'two'].map((name) =>
        until(async () => Number(await readFile(join(world.folder, 'work', job.job_id, name), 'utf8'))),
      ),
    );
    await expectSilenceAfterCancel(job, 't');
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
    expect(callsAbout(world.fake, 'Stop tools')).toHaveLength(1);
  });

  test('with a call under way: its stream is ended, and it counts with all that was reserved', async () => {
    world.fake.expect(
      turn('Stop streams', { tool_use: [use('glob', { pattern: '*' })] }, { turn: 0 }),
      fault('Stop streams', { type: 'hang', after_text: 'I begin to' }, { turn: 1 }),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Stop streams')]) });
    await until(() => callsAbout(world.fake, 'Stop streams').length === 2, { what: 'the second call' });
    await expectSilenceAfterCancel(job, 't');
    const [first, second] = callsAbout(world.fake, 'Stop streams');
    await until(() => second!.aborted, { what: 'the end of the stream' });
    const rows = await world.store.readLedger(job.job_id);
    expect(rows.map(({ status }) => status)).toEqual(['settled', 'estimated']);
    expect(rows[0]!.cost_usd).toBeCloseTo(billedUsd(first!), 8);
    expect(rows[1]!.cost_usd).toBeGreaterThanOrEqual(billedUsd(second!));
    expect((await job.status()).budget.spent_usd).toBeCloseTo(rows[0]!.cost_usd + rows[1]!.cost_usd, 8);
  });

  test('with a question open and a call that waits for leave', async () => {
    world.fake.expect(
      turn('Stop asking', {
        tool_use: [use('ask_human', { question: 'Well?' }), use('bash', { command: 'touch never' })],
      }),
    );
    const job = await startJob(world, { plan: planOf([work('t', 'Stop asking', { agent: 'asker' })]) });
    const id = await asked(job, 1);
    await expectSilenceAfterCancel(job, 't');
    await expect(
      job.update('decide_approval', { approval_id: id, decision: 'approve', answer: 'yes' }),
    ).rejects.toThrow();
    expect(callsAbout(world.fake, 'Stop asking')).toHaveLength(1);
  });

  test('with a call parked for a rate limit', async () => {
    world.fake.expect(fault('Stop parking', { type: 'rate_limited', retry_after: '120' }));
    const job = await startJob(world, { plan: planOf([work('t', 'Stop parking')]) });
    await until(async () => (await job.status()).tasks[0]!.parked_until, { what: 'the task to be parked' });
    await expectSilenceAfterCancel(job, 't');
    expect(callsAbout(world.fake, 'Stop parking')).toHaveLength(1);
    expect((await job.status()).budget.spent_usd).toBe(0);
  });
});
