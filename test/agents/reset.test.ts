import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { PLACES, reset } from '../setup/reset.ts';
import { until } from '../setup/until.ts';
import { agentNamed, billedUsd, callsAbout, synthesis, turn, use, useAgents, work } from './setup.ts';

const world = useAgents({ agents: [agentNamed('tester')], leftovers: true });

test.each(PLACES)(
  'a job that is reset to the %s workflow task while its agent works keeps to its budget, to the cent',
  async (place) => {
    const about = `Write, and wait (${place}).`;
    const before = `Do this first (${place}).`;
    const from = world.fake.calls.length;
    const wait = 'echo two >> log; while [ ! -s go ]; do sleep 0.05; done';
    // what was under way when the job was stopped is begun again, once
    world.fake.expect(
      turn(about, { tool_use: [use('bash', { command: 'echo one >> log' })] }, { turn: 0, times: 2 }),
      turn(about, { tool_use: [use('bash', { command: wait })] }, { turn: 1, times: 2 }),
      turn(about, { text: 'It is written.' }, { turn: 2 }),
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
