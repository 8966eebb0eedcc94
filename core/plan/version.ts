import type { EventDraft } from '../../contracts/event.ts';
import type { Criterion, CriterionInput, Plan, PlanInput, Task } from '../../contracts/plan.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { type JobState, KEPT_VERSIONS } from '../state/job-state.ts';
import { criticalPath } from './graph.ts';

/** Gives every criterion an id: its own, or `c1`, `c2`, ... by place, passing over those that are taken. */
export function withCriterionIds(criteria: readonly CriterionInput[]): Criterion[] {
  const taken = new Set(criteria.map((criterion) => typeof criterion !== 'string' && criterion.criterion_id));
  const free = (index: number): string => {
    let number = index + 1;
    while (taken.has(`c${number}`)) number += 1;
    taken.add(`c${number}`);
    return `c${number}`;
  };
  return criteria.map((criterion, index) =>
    typeof criterion === 'string'
      ? { criterion_id: free(index), text: criterion }
      : { ...criterion, criterion_id: criterion.criterion_id ?? free(index) },
  );
}

/** `<name>-1`, `<name>-2`, ...: the first that no task of a plan has. */
export function freeTaskId(tasks: readonly Pick<Task, 'task_id'>[], name: string): string {
  const taken = new Set(tasks.map(({ task_id }) => task_id));
  let number = 1;
  while (taken.has(`${name}-${number}`)) number += 1;
  return `${name}-${number}`;
}

/** The first version of a plan that came with the submission. Its own criteria and constraints win over the spec's. */
export function givenPlan(input: PlanInput, spec: JobSpec): Plan {
  return {
    version: 1,
    source: 'given',
    rationale: input.rationale ?? '',
    warnings: [],
    objectives: input.objectives ?? [],
    constraints: input.constraints ?? spec.constraints,
    acceptance_criteria: withCriterionIds(input.acceptance_criteria ?? spec.acceptance_criteria),
    forecast: simpleForecast(input),
    tasks: input.tasks,
  };
}

/** The next version, as a person edited it; what the edit leaves out stays as it was. */
export function editedPlan(input: PlanInput, before: Plan): Plan {
  return {
    version: before.version + 1,
    source: 'edited',
    rationale: input.rationale ?? before.rationale,
    warnings: [],
    objectives: input.objectives ?? before.objectives,
    constraints: input.constraints ?? before.constraints,
    acceptance_criteria: input.acceptance_criteria
      ? withCriterionIds(input.acceptance_criteria)
      : before.acceptance_criteria,
    forecast: simpleForecast(input),
    tasks: input.tasks,
  };
}

/** The next version: the same plan, plus tasks that repair its results. */
export function repairedPlan(before: Plan, repairs: readonly Task[]): Plan {
  const tasks = [...before.tasks, ...repairs];
  return { ...before, ...nextVersion(before, tasks), source: 'repair', tasks };
}

/** Number and first forecast of the version after `before`. */
export function nextVersion(before: Plan | null, tasks: Plan['tasks']): Pick<Plan, 'version' | 'forecast'> {
  return { version: (before?.version ?? 0) + 1, forecast: simpleForecast({ tasks }) };
}

/** Makes this the current version and keeps the one before. It can be approved once its snapshot is there. */
export function setPlan(
  state: JobState,
  plan: Plan,
  event: Pick<EventDraft, 'type' | 'actor'>,
): EventDraft[] {
  if (state.plan) state.old_plans = [...state.old_plans, state.plan].slice(-KEPT_VERSIONS);
  state.plan = plan;
  state.plan_problems = [];
  return [
    {
      ...event,
      data: {
        plan_version: plan.version,
        source: plan.source,
        tasks: plan.tasks.length,
        warnings: plan.warnings,
      },
    },
  ];
}

/** The forecast of a plan before anything is known about prices. */
function simpleForecast(input: PlanInput): Plan['forecast'] {
  return { cost_usd_low: 0, cost_usd_high: 0, seconds_critical_path: criticalPath(input.tasks).seconds };
}
