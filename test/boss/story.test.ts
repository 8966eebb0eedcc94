import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentNamed, callsAbout, reachLate, replayProblems, turn, use, useAgents } from '../agents/setup.ts';
import type { TestJob } from '../setup/jobs.ts';
import { until } from '../setup/until.ts';
import {
  complete,
  delegate,
  fails,
  lead,
  linesOf,
  messagesOf,
  startProject,
  timesIn,
  waits,
} from './setup.ts';

const world = useAgents({
  agents: ['ann', 'bob', 'cid', 'dee'].map((name) => agentNamed(name)),
  leftovers: true,
});

const untilGo = (file: string) =>
  use('bash', { command: `touch begun-${file}; while [ ! -f ${file} ]; do sleep 0.05; done` });
async function open(job: TestJob, file: string): Promise<void> {
  const path = (name: string) => join(world.folder, 'work', job.job_id, name);
  await until(() => existsSync(path(`begun-${file}`)), { what: `what waits for ${file}` });
  await writeFile(path(file), '');
}

test('a boss plans, delegates three at once, answers one that is blocked, delegates what failed to a new agent, and completes', async () => {
  world.fake.expect(
    lead(
      'Build a boat',
      [delegate('ann', 'Saw the planks'), delegate('bob', 'Paint the boat'), delegate('cid', 'Sew the sail')],
      {
        text: 'First planks, paint and sail, side by side.',
        turn: 0,
      },
    ),
    lead(
      ['Build a boat', 'Which colour is it to be?'],
      [['send_agent_message', { to_agent: 'bob', message: 'Paint it green' }]],
    ),
    lead(
      ['Build a boat', 'cloth has run out'],
      [
        [
          'create_sub_agent',
          { name: 'eve', role: 'worker', specialty: 'general', system_prompt: 'You sew with what is there.' },
        ],
        delegate('eve', 'Sew the sail from old shirts', 'The planks are of ann-1.'),
      ],
    ),
    lead(
      ['Build a boat', 'Planks of oak', 'It is green', 'A sail of shirts'],
      [complete('A green boat of oak, with a sail of shirts.')],
    ),
    waits('Build a boat'),
    turn('# Your task: Saw the planks', { tool_use: [untilGo('saw')] }, { turn: 0 }),
    turn('# Your task: Saw the planks', { text: 'Planks of oak.' }, { turn: 1 }),
    turn(
      '# Your task: Paint the boat',
      { tool_use: [use('report_progress', { status: 'blocked', message: 'Which colour is it to be?' })] },
      { turn: 0 },
    ),
    turn(
      ['# Your task: Paint the boat', 'Your boss, the agent boss, writes to you', 'Paint it green'],
      { text: 'It is green.' },
      { turn: 1 },
    ),
    turn(
      '# Your task: Sew the sail',
      { tool_use: [untilGo('sew')] },
      { turn: 0, system_includes: 'You do one task' },
    ),
    {
      ...fails('# Your task: Sew the sail', 'the cloth has run out'),
      turn: 1,
      system_includes: 'You do one task',
    },
    turn(
      ['# Your task: Sew the sail from old shirts', 'Planks of oak'],
      { text: 'A sail of shirts.' },
      { system_includes: 'You sew with what' },
    ),
  );
  const job = await startProject(world, 'Build a boat', { acceptance_criteria: [] });
  await job.taskReaches('bob-1', 'completed');
  await open(job, 'saw');
  await job.taskReaches('ann-1', 'completed');
  await open(job, 'sew');
  const done = await reachLate(job, 'completed');

  expect(done).toMatchObject({ strategy: 'boss', synthesis: 'A green boat of oak, with a sail of shirts.' });
  expect(done.tasks.map(({ task_id, agent, status }) => [task_id, agent, status])).toEqual([
    ['boss', 'boss', 'completed'],
    ['ann-1', 'ann', 'completed'],
    ['bob-1', 'bob', 'completed'],
    ['cid-1', 'cid', 'failed'],
    ['eve-1', 'eve', 'completed'],
  ]);
  expect(done.agents!.map(({ agent_id, status, created }) => [agent_id, status, created])).toEqual([
    ['boss', 'done', false],
    ['ann', 'done', false],
    ['bob', 'done', false],
    ['cid', 'error', false],
    ['dee', 'idle', false],
    ['eve', 'done', true],
  ]);
  const messages = await messagesOf(job);
  expect(linesOf(messages)).toEqual([
    'delegation boss -> ann',
    'delegation boss -> bob',
    'delegation boss -> cid',
    'progress bob -> boss',
    'message boss -> bob',
    'result bob -> boss',
    'result ann -> boss',
    'error cid -> boss',
    'delegation boss -> eve',
    'result eve -> boss',
  ]);
  expect(messages.map(({ id }) => id)).toEqual(messages.map((_, index) => `m-${index + 1}`));
  expect(messages[3]).toMatchObject({ metadata: { task_id: 'bob-1', status: 'blocked' } });
  const last = callsAbout(world.fake, 'Build a boat').findLast(({ body }) =>
    JSON.stringify(body.messages).includes('A sail of shirts'),
  )!;
  for (const text of ['Planks of oak.', 'It is green.', 'cloth has run out', 'A sail of shirts.']) {
    expect(timesIn(last, text), text).toBe(1);
  }
  expect(done.budget.reserved_usd).toBe(0);
  expect(world.fake.unexpected).toEqual([]);
  expect(await replayProblems(world, job)).toEqual([]);
});
