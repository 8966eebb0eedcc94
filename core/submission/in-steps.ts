import type { JobSpec } from '../../contracts/spec.ts';

/** What jobs have in common that are planned in steps: they run by themselves, and go on where a step failed. */
export const IN_STEPS = {
  plan_form: 'steps',
  approval: 'auto',
  attended: false,
  on_task_failure: 'continue',
  max_repair_rounds: 0,
  planning_seconds: 180,
  task_seconds: 600,
} as const satisfies Partial<JobSpec>;
