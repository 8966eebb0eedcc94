import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callsAbout, MODEL, PRICE, turn } from '../agents/setup.ts';
import { complete, delegate, lead, waits } from '../boss/setup.ts';
import { type FakeOpenAi, startFakeOpenAi } from '../fakes/openai.ts';
import { type Body, newProject, useProjects } from './setup.ts';

const { source: _, ...price } = PRICE;
const MODELS = ['m-boss', 'm-coder', 'm-cheap', 'm-worker', 'm-fallback', 'm-own', 'gpt-6-sol', MODEL];

let openai: FakeOpenAi;
const world = useProjects(async () => {
  openai = await startFakeOpenAi();
  return {
    config: { prices: Object.fromEntries(MODELS.map((model) => [model, price])) },
    env: { OPENAI_API_KEY: 'sk-fake-0123456789', OPENAI_BASE_URL: openai.base_url },
  };
});
afterAll(() => openai?.close());

const anthropic = (model: string) => ({ provider: 'anthropic', model });
const put = (routing: object) => world.ask('PUT', '/settings/routing', routing);
const modelOf = (about: string): string => callsAbout(world.fake, about)[0]!.body.model;
const finished = (id: string) =>
  world.see(`/projects/${id}`, 'the project to end', ({ status }) => status !== 'running');

describe('a project uses', () => {
  let project: Body;
  beforeAll(async () => {
    const long = 'Think about it for as long as it takes. '.repeat(20);
    await put({
      agent_models: { cid: { provider: 'openai', model: 'gpt-6-sol' }, bess: anthropic('m-own') },
      specialty_models: { coder: anthropic('m-coder') },
      boss_model: anthropic('m-boss'),
      worker_model: anthropic('m-worker'),
      fallback: anthropic('m-fallback'),
      auto_tier: true,
      cheap_model: anthropic('m-cheap'),
    });
    world.fake.expect(
      lead(
        'Write five notes',
        [
          delegate('ann', 'Note one'),
          delegate('bob', 'Note two'),
          delegate('bess', 'Note three'),
          delegate('cid', 'Note four'),
          delegate('dee', 'Note five'),
          delegate('eve', `Note six. ${long}`),
        ],
        { turn: 0 },
      ),
      ...['one', 'two', 'three', 'five', 'six'].map((name) =>
        turn(`# Your task: Note ${name}`, { text: `Noted ${name}.` }),
      ),
      lead(
        [
          'Write five notes',
          ...['one', 'two', 'three', 'four', 'five', 'six'].map((name) => `Noted ${name}.`),
        ],
        [complete('Six notes.')],
      ),
      waits('Write five notes', 30),
    );
    openai.expect({ prompt_includes: 'Note four', reply: { type: 'message', text: 'Noted four.' } });
    const id = await newProject(world, 'Write five notes', {
      agents: [
        { agent_id: 'ann', specialty: 'coder', model: 'anthropic/m-own' },
        { agent_id: 'bob', specialty: 'coder' },
        { agent_id: 'bess', specialty: 'coder' },
        { agent_id: 'cid', specialty: 'coder' },
        { agent_id: 'dee', specialty: 'general' },
        { agent_id: 'eve', specialty: 'general' },
      ],
    });
    project = await finished(id);
  }, 180_000);

  test('all of them', () => {
    expect(project).toMatchObject({ status: 'completed', summary: 'Six notes.' });
  });

  test.each([
    ['boss_model for the boss', 'Write five notes', 'm-boss'],
    ['the model that an agent names itself, before all routing', '# Your task: Note one', 'm-own'],
    ['specialty_models, before role and auto_tier', '# Your task: Note two', 'm-coder'],
    ['agent_models, before specialty_models', '# Your task: Note three', 'm-own'],
    ['cheap_model for a simple task, with auto_tier', '# Your task: Note five', 'm-cheap'],
    ['worker_model for a task that is not simple', '# Your task: Note six', 'm-worker'],
  ])('%s', (_row, about, model) => {
    expect(modelOf(about)).toBe(model);
  });

  test('a routed model of any provider that is set up', () => {
    expect(openai.calls.map(({ body }) => body.model)).toEqual(['gpt-6-sol']);
    expect(openai.unexpected).toEqual([]);
  });
});

test('fallback is used where nothing else says anything, from the next call after it was put', {
  timeout: 180_000,
}, async () => {
  world.fake.expect(
    lead('Write a last note', [delegate('ann', 'The last note')], { turn: 0 }),
    turn('# Your task: The last note', { text: 'The last is noted.' }),
    lead(['Write a last note', 'The last is noted.'], [complete('One note.')]),
    waits('Write a last note', 10),
  );
  expect((await put({ fallback: anthropic('m-fallback') })).body).toMatchObject({ source: 'settings' });
  expect(await world.read('/settings/routing')).toMatchObject({
    routing: { fallback: anthropic('m-fallback') },
  });
  const project = await finished(await newProject(world, 'Write a last note'));
  expect(project.status).toBe('completed');
  expect(modelOf('Write a last note')).toBe('m-fallback');
  expect(modelOf('# Your task: The last note')).toBe('m-fallback');
});
