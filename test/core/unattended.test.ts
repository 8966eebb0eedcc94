import { describe, expect, it } from 'vitest';
import { addAsk, takeAskAnswers } from '../../core/messages/asks.ts';
import { planByRules } from '../../core/plan/rules-planner.ts';
import { validateProposal } from '../../core/plan/validate.ts';
import { approvedJob, proposedJob, roster, START, taskOf, tasksOf } from './samples.ts';

describe('a job that nobody looks after', () => {
  it('is given no plan in which a task waits for a person', () => {
    const tasks = [taskOf('gated', { approval: 'required' }), taskOf('human', { agent: 'human' })];
    const plan = proposedJob(tasks).plan!;
    const draft = { tasks: plan.tasks, acceptance_criteria: [] };
    expect(validateProposal(draft, roster, { approval: 'auto' })).toEqual([]);
    expect(validateProposal(draft, roster, { approval: 'auto', attended: false })).toMatchObject([
      { path: 'tasks.0.approval' },
      { path: 'tasks.1.agent' },
    ]);
  });

  it('is given none by rules either', () => {
    const spec = {
      ...approvedJob(tasksOf({ a: [] })).spec,
      description: '1. Ask @human\n2. Publish with approval',
    };
    const planned = (attended: boolean) =>
      planByRules({ spec: { ...spec, attended }, snapshot: roster, feedback: null }).tasks.map(
        ({ agent, approval }) => [agent, approval],
      );
    expect(planned(true)).toEqual([
      ['human', 'none'],
      [expect.anything(), 'required'],
    ]);
    for (const [agent, approval] of planned(false)) {
      expect(agent).not.toBe('human');
      expect(approval).toBe('none');
    }
  });

  it('denies at once what an agent asks of a person, and lets it work on', () => {
    const state = approvedJob(tasksOf({ a: [] }), { attended: false });
    Object.assign(state.tasks.a!, { status: 'running', holds_slot: true });
    const ask = { approval_id: 'ask', kind: 'question', prompt: 'which?', arguments: null } as const;
    expect(addAsk(state, 'a', { ...ask, requested_at: START, expires_at: null }, true)).toEqual([]);
    expect(state.tasks.a).toMatchObject({ asks: [], holds_slot: true });
    expect(takeAskAnswers(state)).toMatchObject([
      { task_id: 'a', answer: { approval_id: 'ask', decision: 'deny' } },
    ]);
  });
});
