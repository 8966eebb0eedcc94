import type { z } from 'zod';
import type { FieldIssue } from '../contracts/error.ts';
import type { JobSpec, Submission } from '../contracts/spec.ts';

/** Budget of a job that says nothing about money, in USD. */
const DEFAULT_BUDGET_USD = 10;

/** How many tasks planning may make of a job: its own limit, within that of the config. */
export const mostTasks = (spec: Pick<JobSpec, 'max_tasks'>, limits: { max_tasks: number }): number =>
  Math.min(limits.max_tasks, spec.max_tasks ?? limits.max_tasks);

/**
 * Settles the aliases and defaults of a submission: `max_budget_usd` is `budget_usd`, `llm_config` is `provider`
 * and `model`, `auto_approve: true` is `approval: auto`. Two names for one thing that say different things are
 * issues, by field; then the spec is not to be used.
 */
export function toJobSpec(given: z.output<typeof Submission>): { spec: JobSpec; issues: FieldIssue[] } {
  const issues: FieldIssue[] = [];
  const settle = <T>(
    name: string,
    value: T | undefined,
    alias: string,
    other: T | undefined,
  ): T | undefined => {
    if (value !== undefined && other !== undefined && value !== other) {
      issues.push({ path: alias, issue: `contradicts ${name}; give one of the two` });
    }
    return value ?? other;
  };
  // null is a value here (no cap), so `??` must not skip it
  const budgets = [given.budget_usd, given.max_budget_usd].filter((value) => value !== undefined);
  settle('budget_usd', budgets[0], 'max_budget_usd', budgets[1]);
  const automatic = given.auto_approve === undefined ? undefined : given.auto_approve ? 'auto' : 'required';
  if (automatic === 'auto' || given.approval === 'auto') {
    settle('approval', given.approval, 'auto_approve', automatic);
  }
  const spec: JobSpec = {
    title: given.title,
    description: given.description,
    constraints: given.constraints,
    acceptance_criteria: given.acceptance_criteria,
    max_workers: given.max_workers,
    budget_usd: budgets.length === 0 ? DEFAULT_BUDGET_USD : (budgets[0] ?? null),
    provider: settle('provider', given.provider, 'llm_config.provider', given.llm_config?.provider) ?? null,
    model: settle('model', given.model, 'llm_config.model', given.llm_config?.model) ?? null,
    plan: given.plan ?? null,
    approval: given.approval ?? automatic ?? 'required',
    max_repair_rounds: given.max_repair_rounds,
    on_task_failure: given.on_task_failure,
    priority: given.priority,
    ...(given.context === undefined ? {} : { context: given.context }),
  };
  return { spec, issues };
}
