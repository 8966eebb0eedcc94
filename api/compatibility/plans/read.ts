import type { z } from 'zod';
import { readReport } from '../../../store/content/report.ts';
import type { Sees } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { readArtifacts, readResults } from '../../jobs/results.ts';
import { readView } from '../../jobs/view.ts';
import { type PlanAnswer, type PlanItem, toPlan, toPlanItem } from './view.ts';
import { jobStatuses, type PlanStatus } from './words.ts';

/** A plan, with all texts whole. Throws `not_found` for one that the caller does not see. */
export async function readPlanAnswer(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
): Promise<z.output<typeof PlanAnswer>> {
  const view = await readView(deps, sees, job_id);
  // asked after the view, so that what is done there has its result here
  const { description, outputs } = await readResults(deps, sees, job_id);
  const done = view.tasks.filter(({ status, task_id }) => status === 'completed' && outputs[task_id]);
  const texts = await Promise.all(
    done.map(async ({ task_id }) => {
      const { text, data } = await deps.store.readOutput(outputs[task_id]!);
      return [task_id, text || (data ? JSON.stringify(data) : '')] as const;
    }),
  );
  const artifacts = view.synthesis_artifact_id === null ? [] : await readArtifacts(deps, sees, job_id);
  const result = (await readReport(deps.store, view, artifacts)) ?? undefined;
  return toPlan(view, { description, outputs: new Map(texts), result });
}

/** The newest plans of an owner that were started through this API, at most `limit`. */
export async function listPlans(
  deps: ApiDeps,
  query: { owner: string; status?: PlanStatus; limit: number },
): Promise<z.output<typeof PlanItem>[]> {
  const { owner, status, limit } = query;
  const statuses = status && jobStatuses(status);
  return (await deps.store.listJobs({ owner, statuses, face: 'plans', limit })).map(toPlanItem);
}
