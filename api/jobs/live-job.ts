import { ProblemError } from '../../contracts/error.ts';
import { Id } from '../../contracts/plan.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { findJob } from './find-job.ts';

/** Whether a text names a job that the caller sees and that has not ended. */
export async function isLiveJob(deps: ApiDeps, sees: Sees, text: string): Promise<boolean> {
  if (!Id.safeParse(text).success) return false;
  try {
    if ((await findJob(deps, sees, text)) !== null) return false;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not_found') return false;
    throw error;
  }
  return (await deps.gateway.describeJob(text))?.open === true;
}
