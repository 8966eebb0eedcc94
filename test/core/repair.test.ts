import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentSummary } from '../../contracts/agent.ts';
import type { Verdict } from '../../contracts/model-call.ts';
import type { Criterion, Task } from '../../contracts/plan.ts';
import { approvePlan } from '../../core/commands/plan.ts';
import { addRepairs, planRepairs } from '../../core/plan/repair.ts';
import { validatePlan } from '../../core/plan/validate.ts';
import { assess } from '../../core/schedule/ending.ts';
import type { JobState, TaskState } from '../../core/state/job-state.ts';
import { approvedJob, dag, roster, START, taskOf } from './samples.ts';

const llm = (name: string): AgentSummary => ({
  name,
  kind: 'llm',
  description: 'thinks',
  capabilities: [],
  provider: null,
  model: null,
});
const snapshot = {
  ...roster,
  agents: [...roster.agents, llm('coder'), llm('verifier')],
};
const criteria: Criterion[] = ['c1', 'c2', 'c3'].map((criterion_id) => ({
  criterion_id,
  text: `about ${criterion_id}`,
}));
const unmet = (...ids: string[]): Verdict[] =>
  ids.map((criterion_id) => ({ criterion_id, verdict: 'unmet', evidence: `${criterion_id} is\nnot there` }));

/** A job whose tasks have ended, completed unless said otherwise. */
function endedJob(tasks: Task[], ends: Record<string, Partial<TaskState>> = {}, rounds = 1): JobState {
  const state = approvedJob(tasks, { acceptance_criteria: criteria, max_repair_rounds: rounds });
  state.snapshot = snapshot;
  for (const task of Object.values(state.tasks)) {
    Object.assign(task, { status: 'completed', generation: 1, ...ends[task.task_id] });
  }
  state.phase = 'verifying';
  return state;
}
const repairsOf = (state: JobState, verdicts: Verdict[]): Task[] => planRepairs(state, verdicts).tasks!;
const covers = (task_id: string, acceptance_criteria: string[], rest: Partial<Task> = {}) =>
  taskOf(task_id, { agent: 'coder', acceptance_criteria, ...rest });

describe('who repairs, and what', () => {
  test('criteria of the same tasks make one task, others one each, behind the tasks that cover them', () => {
    const state = endedJob([
      covers('a', ['c1', 'c2']),
      covers('b', ['c3'], { agent: 'command', command: 'true' }),
    ]);
    const repairs = repairsOf(state, unmet('c1', 'c2', 'c3'));
    expect(repairs).toMatchObject([
      { task_id: 'repair-1-1', agent: 'coder', depends_on: ['a'], acceptance_criteria: ['c1', 'c2'] },
      { task_id: 'repair-1-2', agent: 'general', depends_on: ['b'], acceptance_criteria: ['c3'] },
    ]);
    const { title, description } = repairs[0]!;
    expect(title).toBe('Repair: about c1 (and 1 more)');
    for (const part of [
      'Criterion `c2`: about c2',
      'Verdict: unmet',
      '> c1 is\n> not there',
      '`a` (completed)',
    ]) {
      expect(description).toContain(part);
    }
  });

  test('the last agent with a model that worked on it, as it did in fact; never the verifier', () => {
    const state = endedJob([covers('a', ['c1'], { agent: 'general' }), covers('b', ['c1', 'c2'])], {
      b: { agent: 'human' },
    });
    expect(repairsOf(state, unmet('c1'))[0]).toMatchObject({ agent: 'coder', depends_on: ['a', 'b'] });
    const judged = endedJob([covers('a', ['c1'], { agent: 'verifier' })]);
    expect(repairsOf(judged, unmet('c1'))[0]!.agent).toBe('general');
  });

  test('limits and gates of the task that is repaired hold for the repair', () => {
    const limits = { timeout_seconds: 42, max_attempts: 2, budget_usd: 0.5, model: 'm', files: ['x.ts'] };
    const gate = { approval: 'required', approval_expires_seconds: 60, risk: 'high' } as const;
    const state = endedJob([covers('a', ['c1'], { ...limits, ...gate })]);
    expect(repairsOf(state, unmet('c1'))[0]).toMatchObject({ ...limits, ...gate });
  });

  test('waits for nothing that failed; what no task covers waits for the ends of the plan', () => {
    const failed = endedJob([covers('a', ['c1']), covers('b', ['c1'])], { b: { status: 'failed' } });
    const [repair] = repairsOf(failed, unmet('c1'));
    expect(repair!.depends_on).toEqual(['a']);
    expect(repair!.description).toContain('`b` (failed)');
    const loose = endedJob([covers('a', []), covers('b', [], { depends_on: ['a'] })]);
    expect(repairsOf(loose, unmet('c2'))[0]!.depends_on).toEqual(['b']);
  });
});

describe('when nothing is repaired', () => {
  test('the rounds are used up, or there are none', () => {
    expect(planRepairs(endedJob([covers('a', ['c1'])], {}, 0), unmet('c1')).why).toContain(
      'allows no repairs',
    );
    const state = endedJob([covers('a', ['c1'])]);
    addRepairs(state, repairsOf(state, unmet('c1')));
    expect(planRepairs(state, unmet('c1')).why).toBe('still unmet after 1 round of repair');
  });

  test('no agent with a model can work', () => {
    const state = endedJob([covers('a', ['c1'])]);
    const agents = snapshot.agents.map((agent) =>
      agent.kind === 'llm' ? { ...agent, unavailable: 'Set a key.' } : agent,
    );
    state.snapshot = { ...snapshot, agents };
    expect(planRepairs(state, unmet('c1')).why).toContain('no agent with a model');
  });

  test('the plan would be too long', () => {
    const state = endedJob([covers('a', ['c1'])]);
    state.snapshot = { ...snapshot, limits: { ...snapshot.limits, max_tasks: 1 } };
    expect(planRepairs(state, unmet('c1')).why).toContain('at most 1 are allowed');
  });
});

test('round after round, a repaired plan can run: valid, its new tasks ready, what was done untouched', () => {
  const statuses = fc.constantFrom('completed', 'completed', 'failed', 'skipped');
  const cover = fc.record({
    acceptance_criteria: fc.subarray(['c1', 'c2', 'c3']),
    agent: fc.constantFrom('coder', 'general', 'http'),
  });
  const job = fc.tuple(dag(8, cover), fc.array(statuses, { minLength: 8, maxLength: 8 }));
  const rounds = fc.array(fc.subarray(['c1', 'c2', 'c3'], { minLength: 1 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(job, rounds, ([tasks, ends], found) => {
      const status = (index: number) =>
        ends[index] === 'skipped'
          ? ({ status: 'skipped', reason: 'by_person' } as const)
          : ({ status: ends[index]! } as const);
      const given = Object.fromEntries(tasks.map(({ task_id }, index) => [task_id, status(index)]));
      const state = endedJob(tasks, given, found.length);
      state.spec.on_task_failure = 'continue';
      for (const [round, ids] of found.entries()) {
        const before = structuredClone(state);
        const repairs = repairsOf(state, unmet(...ids));
        expect(repairs.flatMap((task) => task.acceptance_criteria).sort()).toEqual(ids);
        addRepairs(state, repairs);
        expect(state.plan).toMatchObject({ version: round + 2, source: 'repair' });
        expect(validatePlan(state.plan!, snapshot)).toEqual([]);
        approvePlan(state, START);
        for (const [id, task] of Object.entries(before.tasks)) expect(state.tasks[id]).toEqual(task);
        for (const { task_id, depends_on } of repairs) {
          expect(state.tasks[task_id]!.status).toBe('pending');
          expect(depends_on.map((id) => state.tasks[id]!.status)).toEqual(depends_on.map(() => 'completed'));
          expect(assess(state).kind).toBe('active');
        }
        for (const { task_id } of repairs) {
          Object.assign(state.tasks[task_id]!, { status: 'completed', generation: 1 });
        }
        expect(assess(state).kind).toBe('done');
        state.phase = 'verifying';
      }
    }),
    { numRuns: 200 },
  );
});
