import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
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
    agents: [
      agentNamed('tester'),
      agentNamed('brief', { max_turns: 2 }),
      agentNamed('idle', { max_tool_calls: 2 }),
      agentNamed('bare', { max_tool_calls: 0 }),
      agentNamed('thrifty', { max_tokens: 2000 }),
    ],
  });
});
afterAll(() => world?.close());
afterEach(() => world.fake.assertDone());

const look = (pattern: string) => use('glob', { pattern });
const save = (name: string) => use('save_artifact', { name, content: 'a part of it' });

async function expectPartKept(job: TestJob, code: string): Promise<void> {
  const view = await job.reach('needs_review');
  expect(view.tasks[0]).toMatchObject({ status: 'failed', error: { code } });
  const kept = (await job.events()).filter(({ type, task_id }) => type === 'artifact.created' && task_id);
  expect(kept.map(({ data }) => data.name)).toContain('part.txt');
  expect(view.tasks[0]!.conversation).not.toBeNull();
  expect(view.budget.reserved_usd).toBe(0);
  await job.update('cancel');
  await job.result();
}

describe('an agent that reaches a limit fails with its name, and what it had done is kept', () => {
  test('turn_limit: the last turn is told that it is the last', async () => {
    const about = 'Work on and on';
    const told = 'This is your last turn of 2';
    world.fake.expect(
      turn(about, { text: 'A part.', tool_use: [save('part.txt')] }, { turn: 0 }),
      turn([about, told], { text: 'More.', tool_use: [look('*')] }, { turn: 1 }),
    );
    const plan = planOf([work('t', about, { agent: 'brief', max_attempts: 1 })]);
    await expectPartKept(await startJob(world, { plan }), 'turn_limit');
    expect(JSON.stringify(callsAbout(world.fake, about)[0]!.body.messages)).not.toContain('last turn');
  });

  test('tool_call_limit: calls beyond it are not carried out, one more turn is given, and then it ends', async () => {
    const about = 'Call and call';
    const beyond = use('bash', { command: 'touch beyond' });
    world.fake.expect(
      turn(about, { text: 'A part.', tool_use: [save('part.txt'), look('*'), beyond] }),
      turn([about, 'Your allowance of 2 tool calls is used up'], { tool_use: [look('*.ts')] }),
    );
    const plan = planOf([work('t', about, { agent: 'idle', max_attempts: 1 })]);
    const job = await startJob(world, { plan });
    await expectPartKept(job, 'tool_call_limit');
    const [, second] = callsAbout(world.fake, about);
    const results = second!.body.messages.at(-1)!.content as { content: string; is_error?: boolean }[];
    expect(results.slice(0, 3).map(({ is_error }) => is_error ?? false)).toEqual([false, false, true]);
    expect(results[2]!.content).toContain('Not carried out');
    expect(existsSync(join(world.folder, 'work', job.job_id, 'beyond'))).toBe(false);
  });

  test('token_limit', async () => {
    world.fake.expect(turn('Read a lot', { text: 'A part.', tool_use: [save('part.txt')] }));
    const plan = planOf([work('t', 'Read a lot', { agent: 'thrifty', max_attempts: 1 })]);
    await expectPartKept(await startJob(world, { plan }), 'token_limit');
  });

  test('timeout', async () => {
    world.fake.expect(
      turn('Work too long', { text: 'A part.', tool_use: [save('part.txt')] }),
      turn('Work too long', { tool_use: [use('bash', { command: 'sleep 300' })] }),
    );
    const task = work('t', 'Work too long', { max_attempts: 1, timeout_seconds: 4 });
    await expectPartKept(await startJob(world, { plan: planOf([task]) }), 'timeout');
  });
});

describe('an agent within its allowance', () => {
  test('gives its answer after exactly the calls that it has, and `finish` is none of them', async () => {
    world.fake.expect(
      turn('Use them all', { tool_use: [look('*'), look('*.ts')] }),
      turn('Use them all', { tool_use: [use('finish', { result: 'All used.' })] }),
      synthesis(),
    );
    const plan = planOf([work('t', 'Use them all', { agent: 'idle' })]);
    const job = await startJob(world, { plan });
    expect((await job.reach('completed')).tasks[0]).toMatchObject({ output_preview: 'All used.' });
    expect(await replayProblems(world, job)).toEqual([]);
  });

  test('with none at all it answers, also after it asked for one', async () => {
    world.fake.expect(
      turn('Only think', { tool_use: [look('*')] }),
      turn(['Only think', 'Your allowance of 0 tool calls'], { text: 'Thought.' }),
      synthesis(),
    );
    const plan = planOf([work('t', 'Only think', { agent: 'bare' })]);
    const job = await startJob(world, { plan });
    expect((await job.reach('completed')).tasks[0]).toMatchObject({ output_preview: 'Thought.' });
  });
});
