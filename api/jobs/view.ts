import type { JobView } from '../../contracts/view.ts';
import type { ApiDeps } from '../deps.ts';
import { readJob } from './find-job.ts';

/** The job as everybody sees it, with the link to its workflow. Throws `not_found`. */
export async function readView(deps: ApiDeps, owner: string, job_id: string): Promise<JobView> {
  const view = await readJob<JobView>(deps, owner, job_id, {
    live: () => deps.gateway.queryJob(job_id, 'status'),
    archive: (job) => job.view,
  });
  const { workflow_id } = view.temporal;
  const ui_url = deps.ui_url === null ? null : `${deps.ui_url}/${encodeURIComponent(workflow_id)}`;
  return { ...view, temporal: { workflow_id, ui_url } };
}
