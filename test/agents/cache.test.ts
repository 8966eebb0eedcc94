import { afterAll, beforeAll, expect, test } from 'vitest';
import { countTokens } from '../fakes/tokens.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { type AgentWorld, agentNamed, callsAbout, startAgents, synthesis, turn, use, work } from './setup.ts';

let world: AgentWorld;
beforeAll(async () => {
  world = await startAgents({ agents: [agentNamed('tester')] });
});
afterAll(() => world?.close());

test('tasks of one job read tools and system prompt from the cache, and turns what was said before', async () => {
  const turns = (about: string) => [
    turn(about, { tool_use: [use('glob', { pattern: '*' })] }),
    turn(about, { tool_use: [use('bash', { command: "printf '%08000d' 7" })] }),
    turn(about, { text: 'Done.' }),
  ];
  world.fake.expect(...turns('The first task'), ...turns('The second task'), synthesis());
  const plan = planOf([work('a', 'The first task'), work('b', 'The second task', { depends_on: ['a'] })]);
  const job = await startJob(world, { plan });
  await job.reach('completed');
  world.fake.assertDone();
  const calls = callsAbout(world.fake, 'The first task').slice(0, 3);
  const second = callsAbout(world.fake, 'The second task');
  const { tools, system } = second[0]!.body;
  const prefix = countTokens(JSON.stringify(tools)) + countTokens(JSON.stringify(system));
  // one mark less, and the frames of the blocks
  expect(second[0]!.billed.cache_read_input_tokens).toBeGreaterThan(prefix * 0.97);
  for (const [index, call] of [...calls.entries(), ...second.entries()]) {
    if (index === 0) continue;
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = call.billed;
    expect(cache_read_input_tokens).toBeGreaterThan(prefix * 0.97);
    // what a turn adds is written, nothing is paid fresh
    expect(input_tokens).toBeLessThan(20);
    expect(cache_creation_input_tokens).toBeGreaterThan(0);
  }
});
