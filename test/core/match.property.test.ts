import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, freePlaces, isAvailable, matchAgents, meantBy } from '../../core/agents/match.ts';
import { tasksToRetry } from '../../core/agents/waking.ts';

const tag = fc.constantFrom('a', 'b', 'c', 'd');
const candidate: fc.Arbitrary<Candidate> = fc.record({
  name: fc.string({ minLength: 1, maxLength: 6 }),
  kind: fc.constantFrom('llm' as const, 'http' as const, 'task_queue' as const, 'human' as const),
  capabilities: fc.uniqueArray(tag),
  health: fc.constantFrom('online' as const, 'offline' as const),
  load: fc.nat(4),
  max_concurrency: fc.option(fc.integer({ min: 1, max: 4 })),
  sla_seconds: fc.option(fc.integer({ min: 1, max: 100 })),
  ready: fc.boolean(),
});
const agents = fc.uniqueArray(candidate, { selector: ({ name }) => name, maxLength: 8 });
const wanted = fc.uniqueArray(tag, { minLength: 1, maxLength: 3 });
const names = (list: readonly Candidate[]) => list.map(({ name }) => name);

describe('matching', () => {
  test('gives exactly those who have every tag, are online and have a place', () => {
    fc.assert(
      fc.property(wanted, agents, (tags, all) => {
        const expected = all.filter(
          (agent) =>
            agent.kind !== 'human' &&
            tags.every((one) => agent.capabilities.includes(one)) &&
            agent.health === 'online' &&
            (agent.max_concurrency === null || agent.load! < agent.max_concurrency!),
        );
        expect(names(matchAgents(tags, all)).sort()).toEqual(names(expected).sort());
      }),
    );
  });

  test('does not depend on the order in which agents are listed', () => {
    fc.assert(
      fc.property(wanted, agents, fc.nat(), (tags, all, turn) => {
        const cut = all.length === 0 ? 0 : turn % all.length;
        const turned = [...all.slice(cut), ...all.slice(0, cut)].reverse();
        expect(names(matchAgents(tags, turned))).toEqual(names(matchAgents(tags, all)));
      }),
    );
  });

  test('of two that differ in one thing, the less loaded, and then the quicker, comes first', () => {
    fc.assert(
      fc.property(wanted, candidate, fc.integer({ min: 1, max: 3 }), (tags, base, more) => {
        const there = { ...base, kind: 'http' as const, capabilities: tags, health: 'online' as const };
        const free = { ...there, name: 'z', load: 0, max_concurrency: 10, sla_seconds: 5 };
        const busy = { ...free, name: 'a', load: more };
        const slow = { ...free, name: 'a', sla_seconds: 5 + more };
        const vague = { ...free, name: 'a', sla_seconds: null };
        for (const other of [busy, slow, vague]) expect(names(matchAgents(tags, [other, free]))[0]).toBe('z');
      }),
    );
  });

  test('who is not set up is the last choice, not none', () => {
    const base = { kind: 'llm' as const, capabilities: ['a'] };
    const all = [
      { ...base, name: 'a', ready: false },
      { ...base, name: 'b', capabilities: ['a', 'b', 'c'] },
    ];
    expect(names(matchAgents(['a'], all))).toEqual(['b', 'a']);
  });
});

describe('who of the waiting is worth a try', () => {
  const waiting = fc.array(
    fc.record({
      job_id: fc.constantFrom('j1', 'j2'),
      task_id: fc.string({ minLength: 1, maxLength: 4 }),
      owner: fc.constant('local'),
      agent: fc.constant(null),
      capabilities: wanted,
    }),
    { maxLength: 12 },
  );

  test('nobody is told of an agent that cannot take the task, and no more than there are places', () => {
    fc.assert(
      fc.property(waiting, agents, (tasks, all) => {
        const told = tasksToRetry(tasks, all);
        const places = all.filter(isAvailable).reduce((sum, agent) => sum + freePlaces(agent), 0);
        expect(told.length).toBeLessThanOrEqual(places);
        for (const task of told) {
          expect(meantBy({ ...task, command: null }, all).some(isAvailable)).toBe(true);
        }
      }),
    );
  });

  test('a task that is passed over has nobody left for it', () => {
    fc.assert(
      fc.property(waiting, agents, (tasks, all) => {
        const told = new Set(tasksToRetry(tasks, all));
        const unlimited = all.filter((agent) => isAvailable(agent) && agent.max_concurrency === null);
        for (const task of tasks.filter((one) => !told.has(one))) {
          expect(meantBy({ ...task, command: null }, unlimited)).toEqual([]);
        }
      }),
    );
  });
});
