import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { jobOwner } from '../jobs/find-job.ts';
import { jobParams } from './params.ts';

const DeleteAnswer = z
  .object({ job_id: z.string(), status: z.literal('cancelled'), cancel_requested: z.boolean().optional() })
  .meta({ id: 'DeleteAnswer' });

/** A job has 30 s to stop, then it is terminated; so long, and a little. */
const STOP_MS = 40_000;
const PAUSE_MS = 100;

/** `DELETE /orchestrate/{job_id}` */
export function deleteRoute(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'delete',
      path: '/orchestrate/{job_id}',
      operation_id: 'deleteJob',
      tag: 'Jobs',
      summary: 'Stop everything the job is doing and remove it',
      params: jobParams,
      answers: {
        200: { description: 'nothing of it runs any more; from now on 404', schema: DeleteAnswer },
        202: { description: 'no longer visible, and still stopping', schema: DeleteAnswer },
      },
      errors: ['no_worker', 'temporal_unreachable'],
    },
    async (c, { params: { job_id } }) => {
      // the job's, whoever deletes it: reports of what was used go by it
      const owner = await jobOwner(deps, c.get('sees'), job_id);
      await deps.store.putTombstone(job_id, owner);
      deps.log.info({ job_id, owner, actor: c.get('actor') }, 'job deleted');
      // should this fail: the sweep finds the tombstone and starts it
      await deps.gateway.startDeletion(job_id);
      const stopped = await hasStopped(deps, job_id);
      const answer = { job_id, status: 'cancelled' as const };
      return stopped ? c.json(answer, 200) : c.json({ ...answer, cancel_requested: true }, 202);
    },
  );
}

async function hasStopped(deps: ApiDeps, job_id: string): Promise<boolean> {
  const end = Date.now() + STOP_MS;
  while (Date.now() < end) {
    const found = await deps.gateway.describeJob(job_id).catch(() => ({ open: true }));
    if (!found?.open) return true;
    await sleep(PAUSE_MS);
  }
  return false;
}
