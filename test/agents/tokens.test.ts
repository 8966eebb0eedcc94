import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { type AgentWorld, agentNamed, callsAbout, startAgents, turn, use, work } from './setup.ts';

let world: AgentWorld;
beforeAll(async () => {
  world = await startAgents({
    config: { limits: { max_tokens_per_job: 2000 } },
    agents: [agentNamed('tester')],
  });
});
afterAll(() => world?.close());
afterEach(() => world.fake.assertDone());

test('a job that has used its tokens asks no model any more; what was done is kept, and a person can take it', async () => {
  world.fake.expect(
    turn('Spend them', { text: 'A part.', tool_use: [use('glob', { pattern: '*' })] }, { turn: 0 }),
  );
  const plan = planOf([{ task_id: 'first' }, work('t', 'Spend them')]);
  const job = await startJob(world, { plan });
  const view = await job.reach('needs_review');
  const { status, reason, error, attempt } = view.tasks[1]!;
  expect({ status, reason, attempt }).toEqual({
    status: 'blocked',
    reason: 'budget_exhausted',
    attempt: 1,
  });
  expect(error!.message).toContain('limits.max_tokens_per_job of orchestrator.yaml is 2000');
  expect(error!.message).toContain('retry the task');
  expect(error!.message).toContain('A part.');
  expect(view.tasks[1]!.conversation).not.toBeNull();
  expect(view.budget.reserved_usd).toBe(0);
  const [row, ...others] = await world.store.readLedger(job.job_id);
  expect(others).toEqual([]);
  expect(Object.values(row!.usage!).reduce((sum, tokens) => sum + tokens, 0)).toBeGreaterThanOrEqual(2000);

  await job.update('retry_task', { task_id: 't' });
  await until(async () => (await job.events()).filter(({ type }) => type === 'task.blocked').length === 2, {
    what: 'the task to be blocked again',
  });
  await job.reach('needs_review');
  await job.update('skip_task', { task_id: 't' });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  expect((await job.status()).synthesis).toContain('No model wrote');
  expect((await job.status()).warnings.join()).toContain('max_tokens_per_job');
  expect(callsAbout(world.fake, 'Spend them')).toHaveLength(1);
});
