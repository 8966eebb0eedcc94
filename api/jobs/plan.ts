import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../contracts/plan.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { readJob } from './find-job.ts';

/** A version of a job's plan (by default the latest), or null where there is none. Throws `not_found` for the job. */
export async function readPlan(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
  version?: number,
): Promise<Plan | null> {
  return await readJob(deps, sees, job_id, {
    live: async () => {
      const { plan } = await deps.gateway.queryJob(job_id, 'plan', { version });
      return plan && (await deps.store.wholePlan(plan));
    },
    archive: async ({ plans }) => {
      const kept = version === undefined ? plans.at(-1) : plans.find((plan) => plan.version === version);
      return kept ? await deps.store.wholePlan(kept) : null;
    },
  });
}

const CHECK_MS = 5000;
const PAUSE_MS = 20;

/**
 * Waits, a few seconds at most, until the worker has checked the current version against its roster: before, the
 * job does not let it be approved.
 */
export async function planChecked(deps: ApiDeps, job_id: string): Promise<void> {
  const end = Date.now() + CHECK_MS;
  while (Date.now() < end) {
    // of no version: the plan itself may be large
    const { checked } = await deps.gateway
      .queryJob(job_id, 'plan', { version: 0 })
      .catch(() => ({ checked: true }));
    if (checked) return;
    await sleep(PAUSE_MS);
  }
}
