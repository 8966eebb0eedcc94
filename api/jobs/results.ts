import type { Artifact } from '../../contracts/artifact.ts';
import type { JobResults, JobView } from '../../contracts/view.ts';
import { readReport } from '../../store/content/report.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { readJob } from './find-job.ts';

/** The text as submitted and the whole outputs of the tasks. Of jobs that closed before these were kept: nothing. */
export async function readResults(deps: ApiDeps, sees: Sees, job_id: string): Promise<JobResults> {
  return await readJob<JobResults>(deps, sees, job_id, {
    live: () => deps.gateway.queryJob(job_id, 'results'),
    archive: ({ view, results }) => results ?? { description: view.title, outputs: {} },
  });
}

/** The named outputs of a job and its tasks. Throws `not_found` for the job. */
export async function readArtifacts(deps: ApiDeps, sees: Sees, job_id: string): Promise<Artifact[]> {
  return await readJob(deps, sees, job_id, {
    live: () => deps.gateway.queryJob(job_id, 'artifacts'),
    archive: (job) => job.artifacts,
  });
}

/**
 * What came of a job, whole: the report that was made of its results, else the output of its last task that gave
 * one. Null while there is nothing, or when it was removed.
 */
export async function readOutcome(
  deps: ApiDeps,
  view: JobView,
  { outputs }: JobResults,
  artifacts: readonly Artifact[],
): Promise<string | null> {
  const report = await readReport(deps.store, view, artifacts);
  if (report !== null) return report;
  const last = view.tasks.findLast(({ task_id }) => Object.hasOwn(outputs, task_id));
  if (!last) return null;
  const { text, data } = await deps.store
    .readOutput(outputs[last.task_id]!)
    .catch(() => ({ text: last.output_preview ?? '', data: null }));
  return text || (data ? JSON.stringify(data) : '');
}
