import fc from 'fast-check';
import { expect } from 'vitest';
import type { RosterSnapshot } from '../../contracts/agent.ts';
import { Task } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { approvePlan } from '../../core/commands/plan.ts';
import { givenPlan, setPlan } from '../../core/plan/version.ts';
import { type JobState, newJobState } from '../../core/state/job-state.ts';

/** When every job of these tests was submitted. */
export const START = '2026-01-01T00:00:00.000Z';

/** A roster with one agent of each kind that plans name. */
export const roster: RosterSnapshot = {
  agents: (['command', 'human', 'llm', 'http'] as const).map((kind) => ({
    name: kind === 'llm' ? 'general' : kind,
    kind,
    description: kind,
    capabilities: [],
    provider: null,
    model: null,
  })),
  commands: 'on',
  command_allowlist: [],
  planner_commands: false,
  limits: { max_tasks: 500, max_workers: 50 },
  planner_model: null,
};

/** A task with the defaults of the plan format. */
export const taskOf = (task_id: string, fields: Partial<Task> = {}): Task =>
  Task.parse({ task_id, title: task_id, ...fields });

/** Tasks from a short notation: `{ b: ['a'] }` is a task `b` that depends on `a`. */
export const tasksOf = (graph: Record<string, string[]>): Task[] =>
  Object.entries(graph).map(([task_id, depends_on]) => taskOf(task_id, { depends_on }));

/** A job that was submitted with a plan of these tasks and waits for its approval. */
export function proposedJob(tasks: Task[], fields: Partial<JobSpec> = {}): JobState {
  const spec: JobSpec = {
    title: 'a job',
    description: 'to be done',
    constraints: [],
    acceptance_criteria: [{ criterion_id: 'c1', text: 'it works' }],
    max_workers: 2,
    budget_usd: null,
    provider: null,
    model: null,
    plan: null,
    approval: 'required',
    max_repair_rounds: 1,
    on_task_failure: 'review',
    priority: 'medium',
    ...fields,
  };
  const state = newJobState({ job_id: 'job-1', owner: 'local', body_hash: 'h', created_at: START, spec });
  setPlan(state, givenPlan({ tasks }, spec), { type: 'plan.proposed' });
  state.phase = 'awaiting_approval';
  state.snapshot = roster;
  state.snapshot_version = 1;
  return state;
}

/** The same, approved: its tasks may start. */
export function approvedJob(tasks: Task[], fields: Partial<JobSpec> = {}): JobState {
  const state = proposedJob(tasks, fields);
  approvePlan(state, START);
  return state;
}

/** Random DAGs `t0` ... `tN` in an order of the plan that says nothing about the order of the tasks. */
export const dag = (
  max: number,
  fields: fc.Arbitrary<Partial<Task>> = fc.record({ estimated_seconds: fc.integer({ min: 1, max: 9 }) }),
): fc.Arbitrary<Task[]> =>
  fc
    .array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** BigInt(max) - 1n }), fields), {
      minLength: 1,
      maxLength: max,
    })
    .map((rows) =>
      rows.map(([bits, given], index) => {
        const depends_on = rows.flatMap((_, other) =>
          other < index && (bits >> BigInt(other)) % 3n === 1n ? [`t${other}`] : [],
        );
        return taskOf(`t${index}`, { ...given, depends_on });
      }),
    )
    .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }));

/** Fails unless each task of the cycle is a dependency of the one behind it, and it comes round once. */
export function expectRealCycle(tasks: Task[], cycle: string[]): void {
  expect(cycle.length).toBeGreaterThan(1);
  expect(cycle[0]).toBe(cycle.at(-1));
  expect(new Set(cycle.slice(1)).size).toBe(cycle.length - 1);
  cycle.slice(1).forEach((id, index) => {
    expect(tasks.find((task) => task.task_id === id)!.depends_on).toContain(cycle[index]);
  });
}
