import type { JobSpec } from '../../contracts/spec.ts';

/** How many tasks planning may make of a job: its own limit, within that of the config. */
export const mostTasks = (spec: Pick<JobSpec, 'max_tasks'>, limits: { max_tasks: number }): number =>
  Math.min(limits.max_tasks, spec.max_tasks ?? limits.max_tasks);
