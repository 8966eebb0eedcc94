import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { planOf, startJob, type TestJob } from '../setup/jobs.ts';
import { type AgentWorld, agentNamed, startAgents, turn, use, work } from './setup.ts';

let world: AgentWorld;
beforeAll(async () => {
  world = await startAgents({
    agents: [
      agentNamed('tester'),
      agentNamed('brief', { max_turns: 2 }),
      agentNamed('idle', { max_tool_calls: 2 }),
      agentNamed('thrifty', { max_tokens: 2000 }),
    ],
  });
});
afterAll(() => world?.close());
afterEach(() => world.fake.assertDone());

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
  test.each([
    ['turn_limit', 'brief', 2],
    ['tool_call_limit', 'idle', 2],
    ['token_limit', 'thrifty', 1],
  ])('%s', async (code, agent, turns) => {
    const about = `Work on and on, ${agent}`;
    const more = turn(about, { text: 'More.', tool_use: [use('glob', { pattern: '*' })] });
    world.fake.expect(
      turn(about, { text: 'A part.', tool_use: [save('part.txt')] }),
      ...(turns === 2 ? [more] : []),
    );
    const plan = planOf([work('t', about, { agent, max_attempts: 1 })]);
    await expectPartKept(await startJob(world, { plan }), code);
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
