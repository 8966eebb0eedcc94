import { expect, test } from 'vitest';
import { agentNamed, callsAbout, MODEL, synthesis, turn } from '../agents/setup.ts';
import { type Body, useProjects } from './setup.ts';

const world = useProjects({
  agents: [
    agentNamed('tester', { system_prompt: 'You are the tester of the roster.', tools: ['bash', 'grep'] }),
  ],
});

const LONG_PROMPT = `You are Ann, and you know all about tea. ${'You write in short sentences. '.repeat(200)}`;

const submit = (body: object) =>
  world.ask('POST', '/orchestrate/submit', {
    title: 'Agents of its own',
    description: 'Do it',
    auto_approve: true,
    ...body,
  });
const systemOf = (about: string): string => {
  const [call] = callsAbout(world.fake, about);
  return JSON.stringify(call!.body.system);
};
const toolsOf = (about: string): string[] =>
  (callsAbout(world.fake, about)[0]!.body.tools ?? []).map(({ name }: { name: string }) => name);

test('agents of a planned job work with prompts, models and tools of their own', {
  timeout: 120_000,
}, async () => {
  const job = (about: string) => turn(`# Your task: ${about}`, { text: `Done: ${about}` });
  world.fake.expect(job('Named'), job('Found'), job('Roster'), job('Plain'), synthesis());
  const { status, body } = await submit({
    agents: [
      {
        agent_id: 'ann',
        role: 'worker',
        specialty: 'researcher',
        system_prompt: LONG_PROMPT,
        model: 'claude-haiku-4-5',
      },
      { agent_id: 'bob', role: 'worker', specialty: 'coder', capabilities: ['tea-tasting'], tools: ['bash'] },
      { agent_id: 'tester', role: 'worker', tools: ['grep'] },
    ],
    plan: {
      tasks: [
        { task_id: 'a', title: 'Named', agent: 'ann' },
        { task_id: 'b', title: 'Found', capabilities: ['tea-tasting'] },
        { task_id: 'c', title: 'Roster', agent: 'tester' },
        { task_id: 'd', title: 'Plain', agent: 'general' },
      ],
    },
  });
  expect(status).toBe(201);
  const path = `/orchestrate/${body.job_id}`;
  const view = await world.see(`${path}/status`, 'the job to end', (one) =>
    ['completed', 'failed', 'needs_review'].includes(one.status),
  );
  expect(view.status).toBe('completed');
  expect(view.tasks.map(({ agent }: { agent: string }) => agent)).toEqual([
    'ann',
    'bob',
    'tester',
    'general',
  ]);

  expect(systemOf('# Your task: Named')).toContain('You are Ann, and you know all about tea.');
  expect(callsAbout(world.fake, '# Your task: Named')[0]!.body.model).toBe('claude-haiku-4-5');
  expect(toolsOf('# Your task: Named')).toContain('http_request');
  expect(systemOf('# Your task: Found')).toContain('You write code');
  expect(callsAbout(world.fake, '# Your task: Found')[0]!.body.model).toBe(MODEL);
  expect(toolsOf('# Your task: Found')).toContain('bash');
  expect(toolsOf('# Your task: Found')).not.toContain('write_file');
  expect(systemOf('# Your task: Roster')).toContain('You are the tester of the roster.');
  expect(toolsOf('# Your task: Roster')).toContain('grep');
  expect(toolsOf('# Your task: Roster')).not.toContain('bash');

  const { client } = world.service.worker;
  for (const id of [`job-${body.job_id}`, `job-${body.job_id}/task-a`]) {
    const history = JSON.stringify(await client.workflow.getHandle(id).fetchHistory());
    expect(history).not.toContain(
      Buffer.from('You write in short sentences. You write').toString('base64').slice(4, 40),
    );
    expect(history.length, id).toBeLessThan(400_000);
  }
  const { ledger }: Body = await world.read(`${path}/ledger`);
  expect(ledger.map(({ agent }: { agent: string }) => agent)).toEqual(
    expect.arrayContaining(['ann', 'bob', 'tester', 'general']),
  );
});

test.each([
  ['an unknown specialty', { agent_id: 'ann', role: 'worker', specialty: 'poet' }, 'agents.0.specialty'],
  ['an id that is none', { agent_id: 'Ann B', role: 'worker' }, 'agents.0.agent_id'],
  [
    'a tool that its specialty has not',
    { agent_id: 'ann', role: 'worker', tools: ['bash'] },
    'agents.0.tools.0',
  ],
  ['a field that is not known', { agent_id: 'ann', role: 'worker', colour: 'red' }, 'agents.0.colour'],
  ['a model without a price', { agent_id: 'ann', role: 'worker', model: 'nobody-9' }, 'agents.0.model'],
  ['a model of no provider', { agent_id: 'ann', role: 'worker', model: 'acme/nobody-9' }, 'agents.0.model'],
  ['a boss where nobody leads', { agent_id: 'ann', role: 'boss' }, 'agents.0.role'],
])('%s is refused by field, and starts nothing', async (_what, agent, path) => {
  const before = (await world.read('/orchestrate/jobs')).jobs.length;
  const { status, body } = await submit({
    agents: [agent],
    plan: { tasks: [{ task_id: 'a', title: 'A', agent: 'human' }] },
  });
  expect(status).toBe(400);
  expect(body.error.fields.map((one: { path: string }) => one.path)).toContain(path);
  expect((await world.read('/orchestrate/jobs')).jobs).toHaveLength(before);
});

test('a model of a provider that is not set up is a warning, and one that only another provider has is asked of that one', async () => {
  const agents = [{ agent_id: 'ann', role: 'worker', model: 'gpt-5-mini' }];
  const plan = { tasks: [{ task_id: 'a', title: 'A', agent: 'human' }] };
  const { status, body } = await submit({ agents, plan });
  expect(status).toBe(201);
  expect(body.warnings.join()).toMatch(/Tasks of ann will be blocked: .*OPENAI_API_KEY/);
  await world.ask('POST', `/orchestrate/${body.job_id}/cancel`, {});
});
