import { JobView } from '../../contracts/view.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { readLiveView } from '../jobs/view.ts';
import { jobParams } from './params.ts';

/** `GET /orchestrate/{job_id}/status`, also without `/status` */
export function statusRoutes(api: Api, deps: ApiDeps): void {
  const paths = { readStatus: '/orchestrate/{job_id}/status', readJob: '/orchestrate/{job_id}' };
  for (const [operation_id, path] of Object.entries(paths)) {
    endpoint(
      api,
      {
        method: 'get',
        path,
        operation_id,
        tag: 'Jobs',
        summary: 'The job, its tasks, budget, criteria and results',
        params: jobParams,
        answers: { 200: { description: 'the job', schema: JobView } },
        errors: ['no_worker', 'temporal_unreachable'],
      },
      async (c, { params }) => c.json(await readLiveView(deps, c.get('sees'), params.job_id)),
    );
  }
}
