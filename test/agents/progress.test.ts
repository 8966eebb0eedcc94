import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complete, delegate, lead, linesOf, messagesOf, startProject, waits } from '../boss/setup.ts';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import { agentNamed, reachLate, replayProblems, synthesis, turn, use, useAgents, work } from './setup.ts';

const world = useAgents({
  agents: ['tester', 'ann', 'bob', 'cid', 'dee'].map((name) => agentNamed(name)),
  leftovers: true,
});

const report = (status: string, message: string) => use('report_progress', { status, message });
const reported = async (job: TestJob): Promise<string[]> =>
  (await job.events())
    .filter(({ type }) => type === 'task.progress')
    .map(({ data }) => `${data.status} ${data.message}`);

test('the last word of an agent reaches those who watch, however soon it comes after another', async () => {
  world.fake.expect(
    turn('Count the sheep', { tool_use: [report('working', 'one')] }, { turn: 0 }),
    turn('Count the sheep', { tool_use: [report('working', 'two')] }, { turn: 1 }),
    turn('Count the sheep', { tool_use: [report('done', 'the white ones')] }, { turn: 2 }),
    turn('Count the sheep', { tool_use: [report('error', 'one ran away')] }, { turn: 3 }),
    turn('Count the sheep', { tool_use: [report('blocked', 'the gate is shut')] }, { turn: 4 }),
    turn('Count the sheep', { tool_use: [report('working', 'five')] }, { turn: 5 }),
    turn('Count the sheep', { tool_use: [report('working', 'six')] }, { turn: 6 }),
    turn('Count the sheep', { text: 'Six.' }, { turn: 7 }),
    synthesis(),
  );
  const job = await startJob(world, { plan: planOf([work('t', 'Count the sheep')]) });
  await reachLate(job, 'completed');
  expect(await reported(job)).toEqual([
    'working one',
    'done the white ones',
    'error one ran away',
    'blocked the gate is shut',
    'working six',
  ]);
  const types = (await job.events()).map(({ type }) => type);
  expect(types.lastIndexOf('task.progress')).toBeLessThan(types.indexOf('task.completed'));
  expect(await replayProblems(world, job)).toEqual([]);
});

test('what was held back is told while its agent works on, and not again', async () => {
  const wait = use('bash', { command: 'touch begun; while [ ! -f go ]; do sleep 0.05; done' });
  world.fake.expect(
    turn('Dig a well', { tool_use: [report('working', 'one foot')] }, { turn: 0 }),
    turn(
      'Dig a well',
      { tool_use: [report('working', 'two feet'), report('working', 'three')] },
      { turn: 1 },
    ),
    turn('Dig a well', { tool_use: [wait] }, { turn: 2 }),
    turn('Dig a well', { text: 'Water.' }, { turn: 3 }),
    synthesis(),
  );
  const job = await startJob(world, { plan: planOf([work('t', 'Dig a well')]) });
  await until(async () => (await reported(job)).length === 2, {
    timeoutMs: 60_000,
    what: 'the second report',
  });
  const folder = join(world.folder, 'work', job.job_id);
  await until(() => existsSync(join(folder, 'begun')), { what: 'the command' });
  await writeFile(join(folder, 'go'), '');
  await reachLate(job, 'completed');
  expect(await reported(job)).toEqual(['working one foot', 'working three']);
  expect(await replayProblems(world, job)).toEqual([]);
});

test('a boss is told of the part that a worker has done right after it said that it works', async () => {
  world.fake.expect(
    lead('Mow the meadow', [delegate('ann', 'Cut the grass')], { turn: 0 }),
    lead(['Mow the meadow', 'The meadow is cut.'], [complete('It is mown.')]),
    waits('Mow the meadow'),
    turn('# Your task: Cut the grass', { tool_use: [report('working', 'I cut')] }, { turn: 0 }),
    turn('# Your task: Cut the grass', { tool_use: [report('done', 'half of it')] }, { turn: 1 }),
    turn('# Your task: Cut the grass', { text: 'The meadow is cut.' }, { turn: 2 }),
  );
  const job = await startProject(world, 'Mow the meadow');
  await reachLate(job, 'completed');
  expect(linesOf(await messagesOf(job))).toEqual([
    'delegation boss -> ann',
    'progress ann -> boss',
    'progress ann -> boss',
    'result ann -> boss',
  ]);
  expect(await reported(job)).toEqual(['working I cut', 'done half of it']);
  expect(await replayProblems(world, job)).toEqual([]);
});
