import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import {
  type AgentWorld,
  agentNamed,
  callsAbout,
  replayProblems,
  startAgents,
  synthesis,
  turn,
  use,
  work,
} from './setup.ts';

let world: AgentWorld;
beforeAll(async () => {
  world = await startAgents({
    agents: [agentNamed('quick', { sla_seconds: 1.5 }), agentNamed('single', { max_concurrency: 1 })],
  });
});
afterAll(() => world?.close());
afterEach(() => world.fake.assertDone());

const bash = (command: string) => use('bash', { command });

test('an attempt over the time of its agent is stopped and made again, three in all, and the job is in review', async () => {
  world.fake.expect(turn('Take long', { text: 'I begin.', tool_use: [bash('sleep 300')] }, { times: 3 }));
  const task = work('t', 'Take long', { agent: 'quick', max_attempts: 5, timeout_seconds: 60 });
  const job = await startJob(world, { plan: planOf([task]) });
  const view = await job.reach('needs_review');
  expect(view.tasks[0]).toMatchObject({ status: 'failed', attempt: 3, error: { code: 'sla_exceeded' } });
  const retried = (await job.events()).filter(({ type }) => type === 'task.retrying');
  expect(retried.map(({ data }) => (data.error as { code: string }).code)).toEqual([
    'sla_exceeded',
    'sla_exceeded',
  ]);
  expect(callsAbout(world.fake, 'Take long')).toHaveLength(3);
  await job.update('cancel');
  await job.result();
});

test('an agent that does one task at a time keeps the next one waiting, and no other agent', async () => {
  const pathOf = ({ job_id }: TestJob, name: string) => join(world.folder, 'work', job_id, name);
  const untilGo = 'touch begun; while [ ! -f go ]; do sleep 0.05; done';
  world.fake.expect(
    turn('First of two', { tool_use: [bash(untilGo)] }, { turn: 0 }),
    turn('First of two', { text: 'One.' }, { turn: 1 }),
  );
  const plan = planOf([
    work('one', 'First of two', { agent: 'single', estimated_seconds: 9 }),
    work('two', 'Second of two', { agent: 'single', estimated_seconds: 9 }),
    { task_id: 'other' },
  ]);
  const job = await startJob(world, { plan });
  await until(() => existsSync(pathOf(job, 'begun')), { what: 'the first task' });
  const view = await job.taskReaches('other', 'completed');
  expect(view.tasks.map(({ status }) => status)).toEqual(['running', 'pending', 'completed']);
  world.fake.expect(turn('Second of two', { text: 'Two.' }), synthesis());
  await writeFile(pathOf(job, 'go'), '');
  await job.reach('completed');
  expect(await replayProblems(world, job)).toEqual([]);
});
