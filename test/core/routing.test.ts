import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Routing } from '../../contracts/routing.ts';
import { isSimpleTask, type RoutedCall, routeModel, SIMPLE_TASK_CHARS } from '../../core/agents/routing.ts';
import { taskOf } from './samples.ts';

const model = (name: string) => ({ provider: 'anthropic' as const, model: name });
const all = Routing.parse({
  agent_models: { ada: model('of-agent') },
  specialty_models: { coder: model('of-specialty') },
  boss_model: model('of-boss'),
  worker_model: model('of-worker'),
  fallback: { provider: 'ollama', model: 'of-fallback' },
  auto_tier: true,
  cheap_model: model('cheap'),
});
const hard = taskOf('t', { risk: 'high' });
const call = (given: Partial<RoutedCall>): RoutedCall => ({
  agent: 'bob',
  specialty: null,
  role: 'worker',
  task: hard,
  ...given,
});
const routed = (routing: Routing, given: Partial<RoutedCall> = {}) => routeModel(routing, call(given))?.model;

describe('in this order', () => {
  test('agent_models go before everything', () => {
    expect(routed(all, { agent: 'ada', specialty: 'coder', task: taskOf('t') })).toBe('of-agent');
  });
  test('specialty_models go before role and tier', () => {
    expect(routed(all, { specialty: 'coder', task: taskOf('t') })).toBe('of-specialty');
  });
  test('auto_tier picks cheap_model for a simple task of a worker, and only with auto_tier', () => {
    expect(routed(all, { task: taskOf('t') })).toBe('cheap');
    expect(routed(all, { task: taskOf('t'), role: 'boss' })).toBe('of-boss');
    expect(routed({ ...all, auto_tier: false }, { task: taskOf('t') })).toBe('of-worker');
  });
  test('the role: boss_model, worker_model', () => {
    expect(routed(all, { role: 'boss' })).toBe('of-boss');
    expect(routed(all)).toBe('of-worker');
  });
  test('the fallback, of another provider too', () => {
    const { worker_model: _, ...rest } = all;
    expect(routeModel(rest, call({}))).toEqual({ provider: 'ollama', model: 'of-fallback' });
  });
  test('nothing', () => {
    expect(routeModel(Routing.parse({}), call({}))).toBeNull();
  });
});

test('calls of the job itself are routed by agent and specialty only', () => {
  expect(routed(all, { role: null, task: null })).toBeUndefined();
  expect(routed(all, { role: null, task: null, agent: 'ada' })).toBe('of-agent');
});

test('names that every object has name no model', () => {
  expect(routed(Routing.parse({}), { agent: 'constructor', specialty: 'toString' })).toBeUndefined();
});

test('auto_tier needs a cheap_model', () => {
  expect(Routing.safeParse({ auto_tier: true }).error?.issues[0]).toMatchObject({ path: ['cheap_model'] });
});

test('a task is simple when it is short, and none of what makes one hard is there', () => {
  const easy = taskOf('t', {
    description: 'x'.repeat(SIMPLE_TASK_CHARS - 1),
    depends_on: ['a'],
    acceptance_criteria: ['c1'],
    files: ['f'],
  });
  expect(isSimpleTask(easy)).toBe(true);
  const harder = [
    { description: `${easy.description}x` },
    { depends_on: ['a', 'b'] },
    { acceptance_criteria: ['c1', 'c2'] },
    { files: ['f', 'g'] },
    { risk: 'medium' },
    { approval: 'required' },
  ] as const;
  for (const fields of harder) expect(isSimpleTask({ ...easy, ...fields } as typeof easy)).toBe(false);
});

test('whatever is left out, the first that is there in that order is used', () => {
  const keys = ['agent_models', 'specialty_models', 'cheap_model', 'worker_model', 'fallback'] as const;
  fc.assert(
    fc.property(fc.subarray([...keys]), (present) => {
      const given = Object.fromEntries(present.map((key) => [key, all[key]]));
      const routing = Routing.parse({ ...given, auto_tier: present.includes('cheap_model') });
      const names = ['of-agent', 'of-specialty', 'cheap', 'of-worker', 'of-fallback'];
      const first = keys.findIndex((key) => present.includes(key));
      expect(routed(routing, { agent: 'ada', specialty: 'coder', task: taskOf('t') })).toBe(names[first]);
    }),
  );
});
