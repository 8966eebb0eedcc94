import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { taskWorkflowId } from '../../contracts/names.ts';
import type { Plan } from '../../contracts/plan.ts';
import { planQuery } from '../../workflows/messages.ts';
import { complete, lead, OF_BOSS, startProject } from '../boss/setup.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { PLACES, reset } from '../setup/reset.ts';
import { until } from '../setup/until.ts';
import { agentNamed, billedUsd, callsAbout, fault, synthesis, turn, use, useAgents, work } from './setup.ts';

const FILE = { criterion_id: 'file', text: 'the file is there', command: 'test -e repaired' };

/** A job whose repair waits for its own approval. */
async function waitingForRepair(about: string): Promise<TestJob> {
  world.fake.expect(turn(about, { text: 'Written.' }), synthesis());
  const plan = planOf([work('a', about, { acceptance_criteria: ['file'] })], { acceptance_criteria: [FILE] });
  const job = await startJob(world, { budget_usd: 0.5, approval: 'every_version', plan });
  await job.reach('awaiting_approval');
  await job.update('approve', { plan_version: 1 });
  await until(async () => (await job.status()).plan_version === 2, { what: 'the repair' });
  await job.reach('awaiting_approval');
  await until(async () => (await job.handle.query(planQuery)).checked);
  return job;
}

const world = useAgents({ agents: [agentNamed('tester')], leftovers: true });

test.each(PLACES)(
  'a job that is reset to the %s workflow task while its agent works keeps to its budget, to the cent',
  async (place) => {
    const about = `Write, and wait (${place}).`;
    const before = `Do this first (${place}).`;
    const from = world.fake.calls.length;
    const wait = 'echo two >> log; while [ ! -s go ]; do sleep 0.05; done';
    // it goes on from where it stood: no turn is paid for twice
    world.fake.expect(
      turn(about, { tool_use: [use('bash', { command: 'echo one >> log' })] }, { turn: 0 }),
      turn(about, { tool_use: [use('bash', { command: wait })] }, { turn: 1 }),
      turn(
        [about, 'whether, or how far, it was carried out is not known', 'Your work was interrupted'],
        { text: 'It is written.' },
        { turn: 2 },
      ),
      turn(before, { text: 'Done.' }, { turn: 0 }),
      synthesis(),
    );
    const job = await startJob(world, {
      budget_usd: 0.5,
      plan: planOf([work('before', before), work('a', about, { depends_on: ['before'] })]),
    });
    const file = (name: string) => join(world.folder, 'work', job.job_id, name);
    await until(async () => (await readFile(file('log'), 'utf8')).includes('two'));
    await reset(world, job.handle.workflowId, place);
    await until(async () => (await job.events()).some(({ data }) => data.by === 'reset'));
    await writeFile(file('go'), 'went on');
    const end = await world.client.workflow.getHandle(job.handle.workflowId).result();
    expect(end).toMatchObject({ status: 'completed' });
    expect(world.fake.unexpected).toEqual([]);
    expect(callsAbout(world.fake, before)).toHaveLength(1);
    const billed = world.fake.calls.slice(from).reduce((sum, call) => sum + billedUsd(call), 0);
    const rows = await world.store.readLedger(job.job_id);
    const { budget } = await job.status();
    expect(rows.reduce((sum, { cost_usd }) => sum + cost_usd, 0)).toBeCloseTo(billed, 8);
    expect(budget.spent_usd).toBeCloseTo(billed, 8);
    expect(budget.reserved_usd).toBe(0);
    expect(budget.spent_usd).toBeLessThanOrEqual(budget.limit_usd!);
  },
);

describe('a job that is reset while its repair waits for an approval', () => {
  test.each(PLACES)('to the %s workflow task waits on, and takes an edit of it', async (place) => {
    const about = `Write the file (${place}).`;
    const job = await waitingForRepair(about);
    const calls = world.fake.calls.length;
    await reset(world, job.handle.workflowId, place);
    const { tasks } = await until(async () => {
      const { plan, checked } = await job.handle.query(planQuery);
      return checked && (plan as Plan);
    });
    expect(await job.status()).toMatchObject({ status: 'awaiting_approval', plan_version: 2 });
    const edited = { ...tasks[1]!, description: `Repair it (${place}).` };
    await until(async () => {
      await job.update('replace_plan', { plan: { tasks: [tasks[0]!, edited] }, version: 2 });
      return true;
    });
    await until(async () => (await job.handle.query(planQuery)).checked, { what: 'the check of the edit' });
    expect(world.fake.calls).toHaveLength(calls);
    world.fake.expect(
      turn(edited.description, { tool_use: [use('bash', { command: 'touch repaired' })] }, { turn: 0 }),
      turn(edited.description, { text: 'Repaired.' }, { turn: 1 }),
      synthesis(),
    );
    await job.update('approve', { plan_version: 3 });
    const end = await world.client.workflow.getHandle(job.handle.workflowId).result();
    expect(end).toMatchObject({ status: 'completed' });
    const approved = (await job.events()).filter(({ type }) => type === 'job.approved');
    expect(approved.map(({ data }) => data.plan_version)).toEqual([1, 3]);
    expect(callsAbout(world.fake, about)).toHaveLength(1);
  });

  test.each(PLACES)('and rejected: after a reset to the %s one it is in review as before', async (place) => {
    const job = await waitingForRepair(`Write another file (${place}).`);
    await job.update('reject', { reason: 'good enough' });
    const before = await job.reach('needs_review');
    const calls = world.fake.calls.length;
    await reset(world, job.handle.workflowId, place);
    const after = await job.status();
    expect(after).toMatchObject({ status: 'needs_review', error: before.error, plan_version: 2 });
    expect(world.fake.calls).toHaveLength(calls);
    await until(async () => {
      await job.update('finish');
      return true;
    });
    const end = await world.client.workflow.getHandle(job.handle.workflowId).result();
    expect(end).toMatchObject({ status: 'completed' });
    expect((await job.status()).tasks.at(-1)).toMatchObject({ status: 'skipped', reason: 'rejected' });
  });
});

test('a project whose boss is reset waits for a person, and its boss begins again when that person says so', async () => {
  const goal = 'Found a club.';
  world.fake.expect({ ...fault(goal, { type: 'hang', after_text: 'I think' }), ...OF_BOSS });
  const job = await startProject(world, goal);
  await until(() => callsAbout(world.fake, goal).length > 0, { what: 'the boss' });
  await reset(world, taskWorkflowId(job.job_id, 'boss'), 'last');
  const view = await job.reach('needs_review');
  expect(view.tasks[0]!.error).toMatchObject({ code: 'reset' });
  world.fake.expect(lead(goal, [complete('It is founded.')]));
  await job.update('retry_task', { task_id: 'boss' });
  expect(await job.result()).toMatchObject({ status: 'completed' });
});
