import { newJobMemo } from '../../core/state/job-memo.ts';
import type { ApiDeps } from '../deps.ts';
import type { NewJob, StartedJob } from '../gateway/index.ts';
import { noteStanding } from './standing.ts';

/**
 * Puts a job into the list, then starts it and waits so many milliseconds for its plan. One that was not started leaves
 * the list again; if this process is killed in between, the sweep sees to that.
 */
export async function startListed(deps: ApiDeps, job: NewJob, milliseconds: number): Promise<StartedJob> {
  const { job_id } = job;
  const { body_hash: _, ...item } = newJobMemo(job);
  const added = await deps.store.addJobs([{ job_id, finished_at: null, ...item }]);
  let found: StartedJob['job'] | undefined;
  try {
    const started = await deps.gateway.startJob(job, milliseconds);
    found = started.job;
    const { status, seq } = started.planned ?? {};
    if (status && seq !== undefined) await noteStanding(deps, { job_id, status, seq, finished_at: null });
    return started;
  } finally {
    // one whose start was answered too late puts itself back with its first events
    const mayStay = found === 'started' || (found?.open && !(await deps.store.getTombstone(job_id)));
    if (added.length > 0 && !mayStay) await deps.store.dropUnstarted(job_id);
  }
}
