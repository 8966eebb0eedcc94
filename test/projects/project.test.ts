import { expect, test } from 'vitest';
import { turn } from '../agents/setup.ts';
import { complete, delegate, lead, waits } from '../boss/setup.ts';
import { until } from '../setup/until.ts';
import { asks, type Body, keepsOn, newProject, streamOf, useProjects } from './setup.ts';

const world = useProjects();
const patience = { timeout: 180_000 };

const stateOf = ({ agents }: Body) =>
  Object.fromEntries(agents.map(({ agent_id, status }: Body) => [agent_id, status]));
const kinds = ({ messages }: Body) =>
  messages.map(({ kind, from_agent, to_agent }: Body) => `${kind} ${from_agent} -> ${to_agent ?? 'all'}`);

test(
  'a project is made, started, followed, spoken to, paused, resumed and completed, over restarts',
  patience,
  async () => {
    world.fake.expect(
      lead(
        'Brew a tea',
        [
          delegate('ann', 'Boil the water'),
          delegate('bob', 'Warm the pot'),
          delegate('dee', 'Watch the tea'),
        ],
        { turn: 0 },
      ),
      keepsOn('Watch the tea'),
      asks('Boil the water', 'How hot?'),
      turn('# Your task: Warm the pot', { text: 'The pot is warm.' }),
      turn(['# Your task: Boil the water', 'Ninety degrees'], { text: 'It is at ninety.' }, { turn: 1 }),
      lead(['Brew a tea', 'It is at ninety.', 'The pot is warm.'], [complete('A pot of tea.')]),
    );

    world.fake.expect(waits('Brew a tea', 20));
    const made = await world.ask(
      'POST',
      '/projects',
      {
        title: 'Tea',
        goal: 'Brew a tea',
        boss_agent: 'lead',
        agents: [
          { agent_id: 'lead', role: 'boss', specialty: 'general', colour: 'ignored' },
          { agent_id: 'ann', role: 'worker', specialty: 'general' },
          { agent_id: 'bob', specialty: 'coder' },
          { agent_id: 'dee', specialty: 'general' },
        ],
        ignored: true,
      },
      { 'idempotency-key': 'tea-1' },
    );
    expect(made).toMatchObject({
      status: 201,
      body: {
        status: 'planning',
        goal: 'Brew a tea',
        boss_agent: 'lead',
        needs_review: false,
        summary: null,
      },
    });
    const { id } = made.body;
    expect(made.headers.get('location')).toBe(`/projects/${id}`);
    expect(stateOf(made.body)).toEqual({ lead: 'idle', ann: 'idle', bob: 'idle', dee: 'idle' });
    expect(made.body.agents.map(({ specialty }: Body) => specialty)).toEqual([
      'general',
      'general',
      'coder',
      'general',
    ]);

    await world.service.worker.restart();
    const started = await world.ask('POST', `/projects/${id}/start`);
    expect(started).toMatchObject({ status: 200, body: { id, status: 'running' } });
    const second = await world.ask('POST', `/projects/${id}/start`);
    expect(second).toMatchObject({ status: 409, body: { error: { decision: { what: 'started it' } } } });
    expect(second.body.error.message).toMatch(
      /^A project that is running cannot be started; .* started it at /,
    );
    const busy = await world.see(`/projects/${id}`, 'bob to be done', (one) => stateOf(one).bob === 'done');
    expect(stateOf(busy)).toEqual({ lead: 'working', ann: 'working', bob: 'done', dee: 'working' });
    expect(busy.agents.find(({ agent_id }: Body) => agent_id === 'ann').current_task).toMatchObject({
      task_id: 'ann-1',
      title: 'Boil the water',
    });
    await world.see(`/projects/${id}/messages`, 'ann to ask', ({ messages }) =>
      messages.some(({ kind }: Body) => kind === 'progress'),
    );

    await world.service.stopApi();
    await world.service.startApi();
    expect((await world.ask('POST', `/projects/${id}/pause`)).body).toMatchObject({ status: 'paused' });
    const listed = await world.see(
      '/projects?status=paused',
      'the list to tell',
      ({ projects }) => projects.length > 0,
    );
    expect(listed.projects).toMatchObject([
      { id, status: 'paused', boss_agent: 'lead', workers: ['ann', 'bob', 'dee'] },
    ]);
    const said = await world.ask('POST', `/projects/${id}/messages`, {
      to_agent: 'ann',
      content: 'Ninety degrees',
    });
    expect(said).toMatchObject({
      status: 201,
      body: { id: expect.stringMatching(/^m-\d+$/), project_id: id },
    });
    await world.service.worker.restart();
    expect((await world.ask('POST', `/projects/${id}/resume`)).body).toMatchObject({ status: 'running' });
    const done = await world.see(
      `/projects/${id}`,
      'the project to end',
      ({ status }) => status !== 'running',
    );
    expect(done).toMatchObject({ status: 'completed', summary: 'A pot of tea.', reason: null });
    expect(stateOf(done)).toEqual({ lead: 'done', ann: 'done', bob: 'done', dee: 'idle' });
    // completing stops who is still at work, and says so
    expect(done.warnings.join()).toContain('dee-1 (dee)');

    const all = await world.read(`/projects/${id}/messages`);
    expect(kinds(all).sort()).toEqual(
      [
        'delegation lead -> ann',
        'delegation lead -> bob',
        'delegation lead -> dee',
        'progress ann -> lead',
        'result bob -> lead',
        'message operator -> ann',
        'result ann -> lead',
      ].sort(),
    );
    for (const message of all.messages) {
      expect(Object.keys(message).sort()).toEqual(
        ['id', 'project_id', 'from_agent', 'to_agent', 'kind', 'content', 'metadata', 'created_at'].sort(),
      );
      expect(message.project_id).toBe(id);
    }
    const first = await world.read(`/projects/${id}/messages?limit=2`);
    const rest = await world.read(`/projects/${id}/messages?after=${first.next_after}`);
    expect([...first.messages, ...rest.messages]).toEqual(all.messages);

    // the stream from its beginning, and from the middle on
    const events = await streamOf(world, `/projects/${id}/events`);
    const statuses = events.filter(({ event }) => event === 'status').map(({ data }) => data.status);
    expect(statuses.filter((status, index) => status !== statuses[index - 1])).toEqual([
      'planning',
      'running',
      'paused',
      'running',
      'completed',
    ]);
    expect(events.filter(({ event }) => event === 'message').map(({ data }) => data)).toEqual(all.messages);
    expect(
      events
        .filter(({ event, data }) => event === 'agent' && data.agent_id === 'ann')
        .map(({ data }) => data.status),
    ).toEqual(['working', 'done']);
    const middle = events[4]!;
    expect(await streamOf(world, `/projects/${id}/events`, { 'last-event-id': middle.id })).toEqual(
      events.slice(5),
    );
    const end = await world.ask('GET', `/projects/${id}/events`, undefined, {
      'last-event-id': events.at(-1)!.id,
    });
    expect(end.status).toBe(204);

    // what is said of the same job elsewhere agrees with it
    expect(await world.read(`/orchestrate/${id}/status`)).toMatchObject({
      status: 'completed',
      strategy: 'boss',
    });
    const again = await world.ask(
      'POST',
      '/projects',
      { title: 'Tea', goal: 'Something else' },
      { 'idempotency-key': 'tea-1' },
    );
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'idempotency_conflict' } } });
    expect(await world.ask('POST', `/projects/${id}/pause`)).toMatchObject({ status: 409 });
    expect(
      await world.ask('POST', `/projects/${id}/messages`, { to_agent: 'ann', content: 'x' }),
    ).toMatchObject({ status: 409 });
  },
);

test('stop ends it as failed with the reason cancelled, whatever it did', patience, async () => {
  world.fake.expect(
    lead('Dig a well', [delegate('ann', 'Dig'), delegate('dee', 'Watch the hole')], { turn: 0 }),
    asks('Dig', 'Where?'),
    keepsOn('Watch the hole'),
  );
  world.fake.expect(waits('Dig a well', 5));
  const id = await newProject(world, 'Dig a well', { agents: [{ agent_id: 'ann' }, { agent_id: 'dee' }] });
  await world.see(`/projects/${id}/messages`, 'ann to ask', ({ messages }) =>
    messages.some(({ kind }: Body) => kind === 'progress'),
  );
  const stopped = await world.ask('POST', `/projects/${id}/stop`, { reason: 'No more water' });
  expect(stopped).toMatchObject({
    status: 200,
    body: { status: 'failed', reason: expect.stringMatching(/cancelled|No more water/) },
  });
  expect((await world.ask('POST', `/projects/${id}/stop`)).status).toBe(200);
  const events = await streamOf(world, `/projects/${id}/events`);
  expect(events.at(-1)).toMatchObject({ event: 'status', data: { status: 'failed' } });
});

test('one whose boss completes it as failed has failed, and says why', patience, async () => {
  world.fake.expect(lead('Fly to the moon', [complete('There is no rocket.', 'failed')]));
  const id = await newProject(world, 'Fly to the moon');
  const failed = await world.see(`/projects/${id}`, 'it to fail', ({ status }) => status === 'failed');
  expect(failed.reason).toContain('There is no rocket.');
});

test(
  'one whose boss ends without project_complete is asked once, then it has failed with that reason',
  patience,
  async () => {
    world.fake.expect(waits('Think of nothing', 2));
    const id = await newProject(world, 'Think of nothing');
    const failed = await world.see(`/projects/${id}`, 'it to fail', ({ status }) => status === 'failed');
    expect(failed.reason).toMatch(/project_complete/);
  },
);

test('one that needs a person is paused, with needs_review and what it waits for', patience, async () => {
  const agents = [
    { agent_id: 'lead', role: 'boss', model: 'openai/gpt-5-mini' },
    { agent_id: 'ann', specialty: 'general' },
  ];
  const made = await world.ask('POST', '/projects', { title: 'No key', goal: 'Wait for a key', agents });
  expect(made.body.warnings.join()).toContain('OPENAI_API_KEY');
  const { id } = made.body;
  await world.ask('POST', `/projects/${id}/start`);
  const waiting = await world.see(
    `/projects/${id}`,
    'it to need a person',
    ({ needs_review }) => needs_review,
  );
  expect(waiting).toMatchObject({ status: 'paused', reason: expect.stringContaining('OPENAI_API_KEY') });
  expect(stateOf(waiting)).toEqual({ lead: 'error', ann: 'idle' });
  const listed = await world.see(
    '/projects?status=paused',
    'the list to tell',
    ({ projects }) => projects.length > 0,
  );
  expect(listed.projects).toMatchObject([{ id, needs_review: true }]);
  // a person helps it on, in vain; the stream tells that as well
  expect((await world.ask('POST', `/orchestrate/${id}/task/boss/retry`, {})).status).toBe(200);
  const lookAgain = `/orchestrate/${id}/events?limit=500`;
  const page = { accept: 'application/json' };
  await until(
    async () => {
      const { events } = (await world.ask('GET', lookAgain, undefined, page)).body;
      return events.filter(({ type }: Body) => type === 'task.blocked').length === 2;
    },
    { timeoutMs: 60_000, what: 'the boss to be blocked again' },
  );
  const stopped = await world.ask('POST', `/projects/${id}/stop`);
  expect(stopped.body.status).toBe('failed');
  expect(Object.values(stateOf(stopped.body))).not.toContain('done');
  const resumed = await world.ask('POST', `/projects/${id}/resume`);
  expect(resumed.body.error.message).toMatch(
    /^A project that is failed cannot be resumed; .* stopped it at /,
  );
  const told = await streamOf(world, `/projects/${id}/events`);
  const statuses = told.filter(({ event }) => event === 'status').map(({ data }) => data.status);
  expect(statuses.filter((status, index) => status !== statuses[index - 1]).slice(0, 4)).toEqual([
    'planning',
    'running',
    'paused',
    'running',
  ]);
  expect(statuses.at(-1)).toBe('failed');
});

test('two projects at once cannot see or message each other’s agents', patience, async () => {
  const goal = (name: string) => `Paint the ${name} house`;
  const team = (name: string) => ({
    agents: [{ agent_id: `${name}-painter` }, { agent_id: `${name}-watcher` }],
  });
  for (const [name, other] of [
    ['red', 'blue'],
    ['blue', 'red'],
  ] as const) {
    world.fake.expect(
      lead(
        goal(name),
        [
          delegate(`${other}-painter`, 'Come over'),
          ['send_agent_message', { to_agent: `${other}-painter`, message: 'Hello' }],
          ['check_agent_status', {}],
          delegate(`${name}-painter`, `Paint it ${name}`),
          delegate(`${name}-watcher`, `Watch the ${name} paint`),
        ],
        { turn: 0 },
      ),
      asks(`Paint it ${name}`, 'Which brush?'),
      // what is written to all wakes it
      keepsOn(`Paint it ${name}`),
      keepsOn(`Watch the ${name} paint`),
    );
    world.fake.expect(waits(goal(name), 10));
  }
  const [red, blue] = await Promise.all([
    newProject(world, goal('red'), team('red')),
    newProject(world, goal('blue'), team('blue')),
  ]);
  const asked = ({ messages }: Body) => messages.some(({ kind }: Body) => kind === 'progress');
  const [saidRed, saidBlue] = await Promise.all(
    [red, blue].map((id) => world.see(`/projects/${id}/messages`, 'the painter to ask', asked)),
  );
  expect(kinds(saidRed)).toEqual([
    'delegation boss -> red-painter',
    'delegation boss -> red-watcher',
    'progress red-painter -> boss',
  ]);
  expect(kinds(saidBlue)).toEqual([
    'delegation boss -> blue-painter',
    'delegation boss -> blue-watcher',
    'progress blue-painter -> boss',
  ]);
  for (const [id, own, other] of [
    [red, 'red', 'blue'],
    [blue, 'blue', 'red'],
  ] as const) {
    await world.see(`/orchestrate/${id}/task/boss/transcript`, 'the boss to be refused', (transcript) =>
      JSON.stringify(transcript).includes(`no agent '${other}-painter'`),
    );
    const project = await world.read(`/projects/${id}`);
    expect(Object.keys(stateOf(project)).sort()).toEqual(['boss', `${own}-painter`, `${own}-watcher`].sort());
    const foreign = await world.ask('POST', `/projects/${id}/messages`, {
      to_agent: `${other}-painter`,
      content: 'x',
    });
    expect(foreign).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  }
  // to all is to all of one's own
  await world.ask('POST', `/projects/${red}/messages`, { to_agent: 'all', content: 'Stop painting' });
  expect(kinds(await world.read(`/projects/${blue}/messages`))).toEqual(kinds(saidBlue));
  await Promise.all([red, blue].map((id) => world.ask('POST', `/projects/${id}/stop`)));
});

test.each([
  [{}, ['title', 'goal']],
  [{ title: ' ', goal: 'g' }, ['title']],
  [{ title: 't', goal: 'g', agents: [{ agent_id: 'A B', role: 'worker' }] }, ['agents.0.agent_id']],
  [{ title: 't', goal: 'g', agents: [{ agent_id: 'ann', specialty: 'poet' }] }, ['agents.0.specialty']],
  [{ title: 't', goal: 'g', agents: [{ agent_id: 'ann', role: 'chief' }] }, ['agents.0.role']],
  [{ title: 't', goal: 'g', agents: [{ agent_id: 'ann', tools: ['bash'] }] }, ['agents.0.tools.0']],
  [{ title: 't', goal: 'g', agents: [{ agent_id: 'all' }] }, ['agents.0.agent_id']],
  [{ title: 't', goal: 'g', boss_agent: 'nobody' }, ['boss_agent']],
  [{ title: 't', goal: 'g', boss_agent: 'human' }, ['boss_agent']],
])('%.80j is refused by field, and makes nothing', async (body, fields) => {
  const before = (await world.read('/projects')).projects.length;
  const refused = await world.ask('POST', '/projects', body);
  expect(refused.status).toBe(400);
  expect(refused.body.error.fields.map(({ path }: Body) => path)).toEqual(fields);
  expect((await world.read('/projects')).projects).toHaveLength(before);
});

test('what is no project is not found, though it may be a job', async () => {
  const plan = { tasks: [{ task_id: 'a', title: 'A', agent: 'human' }] };
  const { body } = await world.ask('POST', '/orchestrate/submit', { title: 'T', description: 'D', plan });
  for (const id of [body.job_id, 'nothing-like-it', 'NO ID']) {
    const path = `/projects/${encodeURIComponent(id)}`;
    for (const [method, part] of [
      ['GET', ''],
      ['GET', '/messages'],
      ['GET', '/events'],
      ['POST', '/start'],
      ['POST', '/stop'],
    ] as const) {
      expect((await world.ask(method, path + part)).status, `${method} ${path}${part}`).toBe(404);
    }
    const said = await world.ask('POST', `${path}/messages`, { to_agent: 'all', content: 'x' });
    expect(said.status).toBe(404);
  }
  expect((await world.ask('DELETE', '/projects')).status).toBe(405);
  expect(JSON.stringify(await world.read('/projects'))).not.toContain(body.job_id);
});

test('projects of another owner are not there', patience, async () => {
  const { createKey } = world.service.worker.store;
  const key = async (owner: string) => {
    const { key: secret } = await createKey({ owner, name: 'test', role: 'operator' });
    return { authorization: `Bearer ${secret}` };
  };
  const [ann, bob] = [await key('ann'), await key('bob')];
  const made = await world.ask('POST', '/projects', { title: 'Hers', goal: 'Nobody else sees it' }, ann);
  expect(made.status).toBe(201);
  const { id } = made.body;
  const listedFor = async (who: object, path = '/projects') =>
    (await world.ask('GET', path, undefined, { ...who })).body.projects;
  await until(async () => (await listedFor(ann)).length === 1, { what: 'the list to tell' });
  expect(await listedFor(ann)).toMatchObject([{ id }]);
  expect(await listedFor(bob)).toEqual([]);
  expect((await world.ask('GET', `/projects/${id}`, undefined, bob)).status).toBe(404);
  expect((await world.ask('POST', `/projects/${id}/start`, {}, bob)).status).toBe(404);
  const said = await world.ask('POST', `/projects/${id}/messages`, { to_agent: 'all', content: 'x' }, bob);
  expect(said.status).toBe(404);
  expect((await world.ask('POST', `/projects/${id}/stop`, {}, ann)).status).toBe(200);
  await until(async () => (await listedFor(ann, '/projects?status=failed')).length === 1, {
    what: 'the list to tell its end',
  });
});
