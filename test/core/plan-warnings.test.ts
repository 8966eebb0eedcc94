import { describe, expect, test } from 'vitest';
import type { RosterSnapshot } from '../../contracts/agent.ts';
import type { Task } from '../../contracts/plan.ts';
import { type CheckedPlan, checkWarnings, withCheckWarnings } from '../../core/plan/warnings.ts';
import { roster, taskOf } from './samples.ts';

const noKey = 'Set ANTHROPIC_API_KEY for the worker, restart it and retry.';
const without: RosterSnapshot = {
  ...roster,
  agents: roster.agents.map((agent) => (agent.kind === 'llm' ? { ...agent, unavailable: noKey } : agent)),
};
const warningsOf = (tasks: Task[], rest: Partial<CheckedPlan> = {}) =>
  checkWarnings({
    tasks,
    snapshot: roster,
    forecast: { cost_usd_low: 0, cost_usd_high: 0, seconds_critical_path: 1 },
    limit_usd: 10,
    unpriced: [],
    ...rest,
  });

describe('a plan is said to have tasks that are certain to be blocked', () => {
  test('where their provider is not set up, also for a task that leaves its agent open', () => {
    const tasks = [
      taskOf('write', { agent: 'general' }),
      taskOf('run', { agent: 'command', command: 'true' }),
      taskOf('open'),
      taskOf('sign', { agent: 'human' }),
      taskOf('send', { agent: 'http' }),
    ];
    expect(warningsOf(tasks, { snapshot: without })).toEqual([
      `certain to be blocked: write, open: ${noKey} (no_provider)`,
    ]);
    expect(warningsOf(tasks)).toEqual([]);
  });

  test('where no agent has their capabilities', () => {
    const tasks = [taskOf('hear', { capabilities: ['hearing', 'music'] })];
    expect(warningsOf(tasks)).toEqual([
      'certain to be blocked: hear: no agent of the roster can do hearing, music; add one, or name another agent (no_agent)',
    ]);
  });

  test('where the price of their model is not known, and a budget needs it', () => {
    const tasks = [taskOf('a', { agent: 'general' }), taskOf('b', { agent: 'general', budget_usd: 1 })];
    const unpriced = tasks.map(({ task_id }) => ({ task_id, model: 'claude-unheard-of' }));
    expect(warningsOf(tasks, { unpriced })).toEqual([expect.stringMatching(/blocked: a, b: .*`prices:`/)]);
    expect(warningsOf(tasks, { unpriced, limit_usd: null })).toEqual([
      expect.stringMatching(/blocked: b: .*claude-unheard-of/),
    ]);
  });

  test('in one line however many they are', () => {
    const tasks = Array.from({ length: 500 }, (_, index) => taskOf(`t${index}`));
    const [warning, ...others] = warningsOf(tasks, { snapshot: without });
    expect(warning).toContain('t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 and 490 more');
    expect(others).toEqual([]);
  });
});

test('another check replaces what the last one said, and leaves the rest', () => {
  const forecast = { cost_usd_low: 0, cost_usd_high: 20, seconds_critical_path: 1 };
  const first = warningsOf([taskOf('a')], { snapshot: without, forecast });
  expect(first).toHaveLength(2);
  expect(withCheckWarnings(['planned by rules', ...first], warningsOf([taskOf('a')]))).toEqual([
    'planned by rules',
  ]);
});

test('work of a repository job that no check may judge is told, and no more once an admin approved', () => {
  const told = warningsOf([taskOf('sign', { agent: 'human' })], {
    no_commands: true,
    check_command: 'make test',
  });
  expect(told).toEqual([
    'what lands is not checked by `make test`: the key that submitted the job may not have commands run, so work lands as it is until an admin approves or edits the plan',
  ]);
  expect(withCheckWarnings(told, [])).toEqual([]);
  expect(warningsOf([taskOf('sign', { agent: 'human' })], { check_command: 'make test' })).toEqual([]);
});
