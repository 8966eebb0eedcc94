import { beforeAll, describe, expect, test } from 'vitest';
import { callsAbout, lastMessage, turn, use } from '../agents/setup.ts';
import { complete, delegate, lead, waits } from '../boss/setup.ts';
import { type Body, newProject, useProjects } from './setup.ts';

const world = useProjects();

const report = (status: string, message: string, more: object = {}) =>
  use('report_progress', { status, message, ...more });

const ALL_DONE = ['Run the bakery', 'A dough of rye.', 'It is hot.', 'Sold.'];

/** One project in which every tool of boss and workers is used. */
let id: string;
let messages: Body[];
let project: Body;
beforeAll(async () => {
  const { fake } = world;
  fake.expect(
    lead(
      'Run the bakery',
      [
        ['check_agent_status', {}],
        delegate('ann', 'Knead the dough', 'Use rye.'),
        delegate('bob', 'Heat the oven'),
        delegate('nobody', 'Do magic'),
      ],
      { turn: 0 },
    ),
    turn(
      ['# Your task: Knead the dough', 'Use rye.'],
      {
        tool_use: [
          report('working', 'Kneading'),
          report('blocked', 'How much salt?', { output: 'Half a dough.' }),
        ],
      },
      { turn: 0 },
    ),
    turn(
      '# Your task: Heat the oven',
      { tool_use: [report('error', 'The wood is wet'), report('blocked', 'Where is dry wood?')] },
      { turn: 0 },
    ),
    lead(
      ['Run the bakery', 'How much salt?', 'Where is dry wood?'],
      [
        ['send_agent_message', { to_agent: 'all', message: 'Salt and dry wood are in the shed' }],
        ['send_agent_message', { to_agent: 'nobody', message: 'Hello?' }],
        ['check_agent_status', { agent_id: 'ann' }],
        [
          'create_sub_agent',
          {
            name: 'carl',
            role: 'worker',
            specialty: 'communicator',
            system_prompt: 'You sell bread, cheerfully.',
            capabilities: ['selling'],
            model: 'claude-haiku-4-5',
          },
        ],
        ['create_sub_agent', { name: 'ann', role: 'worker', specialty: 'coder', system_prompt: 'x' }],
        ['create_sub_agent', { name: 'dora', role: 'boss', specialty: 'coder', system_prompt: 'x' }],
        ['create_sub_agent', { name: 'dora', role: 'worker', specialty: 'poet', system_prompt: 'x' }],
        delegate('carl', 'Sell the bread'),
      ],
    ),
    turn(
      ['# Your task: Knead the dough', 'Salt and dry wood are in the shed'],
      { text: 'A dough of rye.' },
      { turn: 1 },
    ),
    turn(
      ['# Your task: Heat the oven', 'Salt and dry wood are in the shed'],
      { text: 'It is hot.' },
      { turn: 1 },
    ),
    turn(
      '# Your task: Sell the bread',
      { tool_use: [report('done', 'Ten loaves are sold')] },
      { turn: 0, system_includes: 'You sell bread, cheerfully.' },
    ),
    turn('# Your task: Sell the bread', { text: 'Sold.' }, { turn: 1 }),
    lead(ALL_DONE, [delegate('ann', 'Clean up'), complete('Bread was baked and sold.')]),
    lead(ALL_DONE, [complete('Bread was baked and sold.')], { times: 3 }),
    waits('Run the bakery', 30),
    turn('# Your task: Clean up', { text: 'Clean.' }),
  );
  const workers = ['ann', 'bob'].map((agent_id) => ({ agent_id, specialty: 'general' }));
  // it has little to hand on
  const boss = { agent_id: 'boss', role: 'boss', tools: ['read_file', 'read_artifact', 'read_task_result'] };
  const agents = [boss, ...workers];
  id = await newProject(world, 'Run the bakery', { agents });
  project = await world.see(`/projects/${id}`, 'the bakery to close', ({ status }) => status !== 'running');
  ({ messages } = await world.read(`/projects/${id}/messages`));
}, 180_000);

/** What the boss was told after the turn that made calls with these words in it. */
const toldToBoss = (): string =>
  callsAbout(world.fake, 'Run the bakery')
    .map((call) => lastMessage(call))
    .join('\n');
const said = (kind: string, from: string): Body[] =>
  messages.filter((one) => one.kind === kind && one.from_agent === from);

describe('the boss has', () => {
  test('delegate_task: it returns at once, and workers run side by side', () => {
    expect(said('delegation', 'boss').slice(0, 2)).toMatchObject([
      { to_agent: 'ann', content: expect.stringContaining('Knead the dough') },
      { to_agent: 'bob', content: expect.stringContaining('Heat the oven') },
    ]);
    const [first, second] = messages;
    expect([first.kind, second.kind]).toEqual(['delegation', 'delegation']);
  });

  test('delegate_task: only to members', () => {
    expect(toldToBoss()).toContain("no agent 'nobody'; there are: ann, bob");
  });

  test('check_agent_status: of all, and of one', () => {
    expect(toldToBoss()).toMatch(/- ann \(general\): idle/);
    expect(toldToBoss()).toMatch(/- ann \(general\): working.*ann-1.*Knead the dough/);
  });

  test('send_agent_message: to "all" it reaches every live member, others are refused', () => {
    expect(said('message', 'boss')).toMatchObject([
      { to_agent: null, content: 'Salt and dry wood are in the shed' },
    ]);
    expect(toldToBoss()).toMatch(/'nobody'/);
  });

  test('create_sub_agent: a worker with prompt, specialty, capabilities and model, which can be delegated to', () => {
    expect(project.agents.find(({ agent_id }: Body) => agent_id === 'carl')).toMatchObject({
      role: 'worker',
      specialty: 'communicator',
      status: 'done',
      created: true,
    });
    expect(callsAbout(world.fake, '# Your task: Sell the bread')[0]!.body.model).toBe('claude-haiku-4-5');
  });

  test('create_sub_agent: with no tools that the boss has not', () => {
    const tools = callsAbout(world.fake, '# Your task: Sell the bread')[0]!.body.tools!.map(
      ({ name }: Body) => name,
    );
    expect(tools).toContain('read_file');
    for (const name of ['write_file', 'edit_file', 'save_artifact', 'delegate_task']) {
      expect(tools).not.toContain(name);
    }
  });

  test('create_sub_agent: a name that is there, another boss, and an unknown specialty are refused', () => {
    const told = toldToBoss();
    expect(told).toContain("there is an agent 'ann' already");
    expect(told).toContain('only workers can be created');
    expect(told).toContain("there is no specialty 'poet'");
    expect(JSON.stringify(project.agents)).not.toContain('dora');
  });

  test('project_complete: it ends the project with its summary', () => {
    expect(project).toMatchObject({ status: 'completed', summary: 'Bread was baked and sold.' });
  });

  test('no tools of workers, and workers have none of these', () => {
    const toolsOf = (about: string) =>
      callsAbout(world.fake, about)[0]!.body.tools!.map(({ name }: Body) => name);
    const boss = toolsOf('Run the bakery');
    const five = [
      'check_agent_status',
      'create_sub_agent',
      'delegate_task',
      'project_complete',
      'send_agent_message',
    ];
    expect(boss).toEqual(expect.arrayContaining([...five, 'plan_tasks']));
    expect(boss).not.toContain('report_progress');
    const worker = toolsOf('# Your task: Knead the dough');
    expect(worker).toEqual(expect.arrayContaining(['report_progress', 'finish']));
    for (const name of five) expect(worker).not.toContain(name);
  });
});

describe('a worker has report_progress with the status', () => {
  const statuses = (agent: string) =>
    said('progress', agent).map(({ metadata, content }) => [metadata.status, content]);

  test('working', () => {
    expect(statuses('ann')).toContainEqual(['working', 'Kneading']);
  });

  test('blocked, with an output: it goes on when somebody writes to it', () => {
    const blocked = said('progress', 'ann').find(({ metadata }) => metadata.status === 'blocked');
    expect(blocked).toMatchObject({
      content: expect.stringContaining('How much salt?'),
      metadata: { output: 'Half a dough.' },
    });
    expect(messages.indexOf(said('message', 'boss')[0])).toBeGreaterThan(messages.indexOf(blocked));
    expect(messages.indexOf(said('result', 'ann')[0])).toBeGreaterThan(
      messages.indexOf(said('message', 'boss')[0]),
    );
  });

  test('error', () => {
    expect(statuses('bob')).toContainEqual(['error', 'The wood is wet']);
  });

  test('done', () => {
    expect(statuses('carl')).toContainEqual(['done', 'Ten loaves are sold']);
  });
});

describe('messages have the kind', () => {
  test.each([
    ['delegation', 'boss', 'ann', 'Knead the dough'],
    ['progress', 'ann', 'boss', 'Kneading'],
    ['result', 'carl', 'boss', 'Sold.'],
    ['message', 'boss', null, 'Salt and dry wood are in the shed'],
  ])('%s', (kind, from_agent, to_agent, content) => {
    expect(messages).toContainEqual(
      expect.objectContaining({
        kind,
        from_agent,
        to_agent,
        project_id: id,
        content: expect.stringContaining(content),
      }),
    );
  });
});
