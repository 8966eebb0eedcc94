import type { Plan } from '../../contracts/plan.ts';
import type { ApiDeps } from '../deps.ts';
import { readJob } from './find-job.ts';

/** A version of a job's plan (by default the latest), or null where there is none. Throws `not_found` for the job. */
export async function readPlan(
  deps: ApiDeps,
  owner: string,
  job_id: string,
  version?: number,
): Promise<Plan | null> {
  return await readJob(deps, owner, job_id, {
    live: async () => (await deps.gateway.queryJob(job_id, 'plan', { version })).plan,
    archive: ({ plans }) =>
      (version === undefined ? plans.at(-1) : plans.find((plan) => plan.version === version)) ?? null,
  });
}
