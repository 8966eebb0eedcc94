import { describe, expect, it } from 'vitest';
import { withoutAliases } from '../../core/agents/aliases.ts';
import { describeSteps, stepsToTasks } from '../../core/submission/steps.ts';
import { roster } from './samples.ts';

describe('a plan as a list of steps', () => {
  it('becomes tasks that name each other by their places', () => {
    const tasks = stepsToTasks([
      { description: 'Read it\nall of it', agent: 'coder', dependencies: [] },
      { description: 'Sum it up', agent: null, dependencies: [0, 0] },
    ]);
    expect(tasks).toMatchObject([
      { task_id: 'subtask-1', title: 'Read it', description: 'Read it\nall of it', agent: 'coder' },
      { task_id: 'subtask-2', title: 'Sum it up', agent: 'general', depends_on: ['subtask-1'] },
    ]);
  });

  it('tells later steps of earlier ones, numbered from 1', () => {
    const told = describeSteps([
      { number: 1, description: 'Read it', result: 'It is long.' },
      { number: 3, description: 'Count it', result: '7' },
    ]);
    expect(told).toBe(
      'Context from previous steps:\nSubtask 1: Read it\nResult:\nIt is long.\nSubtask 3: Count it\nResult:\n7',
    );
  });
});

it('an agent with the name of something that every object has is nobody else', () => {
  const tasks = stepsToTasks([{ description: 'Make it', agent: 'constructor', dependencies: [] }]);
  expect(withoutAliases(tasks, roster)[0]!.agent).toBe('constructor');
});

it('an alias means its agent, unless an agent is really called so', () => {
  const tasks = stepsToTasks([{ description: 'Make it', agent: 'build', dependencies: [] }]);
  const named = { ...roster.agents[0]!, name: 'build' };
  const agentIn = (agents: typeof roster.agents) => withoutAliases(tasks, { agents })[0]!.agent;
  expect(agentIn(roster.agents)).toBe('general');
  expect(agentIn([...roster.agents, named])).toBe('build');
});
