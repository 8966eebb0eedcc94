import { join } from 'node:path';
import { expect, test } from 'vitest';
import { planOf, startJob } from '../setup/jobs.ts';
import { agentNamed, callsAbout, synthesis, turn, use, useAgents, work } from './setup.ts';

const server = (mode: string) => ({
  command: process.execPath,
  args: [join(import.meta.dirname, '../tools/hostile-mcp.ts'), mode],
});

const world = useAgents({
  agents: [
    agentNamed('clerk', { tools: ['odd__*', 'gone__*', 'finish'] }),
    agentNamed('tester', { tools: ['finish'] }),
  ],
  config: { mcp_servers: { odd: server('odd'), gone: { command: 'no-such-program' } } },
});

test('an agent works with the tools that are in order, and it and the job are told of the others', async () => {
  world.fake.expect(
    turn('Mind the tools', { tool_use: [use('odd__good', { a: 1 })] }),
    turn('Mind the tools', { text: 'The mail is out.' }),
    synthesis(),
  );
  const job = await startJob(world, { plan: planOf([work('t', 'Mind the tools', { agent: 'clerk' })]) });
  expect(await job.result()).toMatchObject({ status: 'completed' });
  const [first] = callsAbout(world.fake, 'Mind the tools');
  const names = (first!.body.tools ?? []).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['odd__good', 'odd__any_of', 'finish']));
  expect(names).not.toContain('odd__text');
  const told = JSON.stringify(first!.body.messages);
  for (const name of ['gone', 'odd__text', 'odd__task_only']) expect(told).toContain(`- ${name}: `);
  const events = (await job.events()).filter(({ type }) => type === 'tools.unavailable');
  expect(events).toMatchObject([{ task_id: 't' }]);
  const { tools } = events[0]!.data as { tools: { name: string; reason: string }[] };
  expect(tools.find(({ name }) => name === 'gone')?.reason).toContain('no-such-program');
  expect(tools.find(({ name }) => name === 'odd__text')?.reason).toContain('no object');
});
