import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentNamed, synthesis, turn, use, useAgents, work } from '../agents/setup.ts';
import { planOf, startJob } from '../setup/jobs.ts';
import { type Gate, makeGate } from './gate.ts';
import { ANY_SOURCE, inSource, makeSource, type Source } from './source.ts';

const world = useAgents({ config: ANY_SOURCE, agents: [agentNamed('wordy', { max_output_tokens: 16_000 })] });
let source: Source;
let gate: Gate;
beforeAll(() => {
  source = makeSource({ 'a.txt': 'a\n' });
  gate = makeGate();
});
afterAll(() => {
  source.remove();
  gate.remove();
});

test('an agent that had run out of money goes on in its clone, though others have landed meanwhile', async () => {
  const written = (name: string) => use('write_file', { file_path: name, content: `${name}\n` });
  world.fake.expect(
    turn('Write a saga', { tool_use: [written('begun.txt')], usage: { output_tokens: 8_900 } }, { turn: 0 }),
  );
  const job = await startJob(world, {
    ...inSource(source),
    budget_usd: 0.2,
    plan: planOf([
      work('saga', 'Write a saga', { agent: 'wordy' }),
      { task_id: 'other', command: `${gate.wait}; echo other >> a.txt` },
    ]),
  });
  const blocked = await job.taskReaches('saga', 'blocked');
  expect(blocked.tasks[0]).toMatchObject({ reason: 'budget_exhausted', attempt: 1 });
  gate.open();
  await job.taskReaches('other', 'completed');
  world.fake.expect(
    turn(
      'Write a saga',
      { tool_use: [use('bash', { command: 'cat a.txt begun.txt > ended.txt' })] },
      { turn: 1 },
    ),
    turn('Write a saga', { text: 'It is whole.' }, { turn: 2 }),
    synthesis(),
  );
  await job.update('add_budget', { add_usd: 5 });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const branch = `orchestrator/${job.job_id}/result`;
  const texts = ['a.txt', 'begun.txt', 'ended.txt'].map((file) => source.show(branch, file));
  expect(texts).toEqual(['a\nother', 'begun.txt', 'a\nbegun.txt']);
});
