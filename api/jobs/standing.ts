import type { JobView } from '../../contracts/view.ts';
import { listedReason } from '../../core/journal/view.ts';
import type { JobStanding } from '../../store/index.ts';
import type { ApiDeps } from '../deps.ts';

/** The latest event of each job that this process has noted. */
const noted = new WeakMap<ApiDeps, Map<string, number>>();
const KEPT_JOBS = 10_000;

/**
 * Tells the list of jobs how a live job stands, before that is told to whoever asked: the list is never behind what a
 * caller was answered. A list that can't be told fails no request: the job's own journal brings it up to date.
 */
export async function noteStanding(deps: ApiDeps, standing: JobStanding): Promise<void> {
  const { job_id, seq } = standing;
  const known = noted.get(deps) ?? new Map<string, number>();
  noted.set(deps, known);
  if ((known.get(job_id) ?? -1) >= seq) return;
  try {
    await deps.store.noteStanding(standing);
  } catch (error) {
    deps.log.warn({ job_id, error }, 'the list of jobs is a little behind');
    return;
  }
  known.delete(job_id);
  known.set(job_id, seq);
  const oldest = known.keys().next().value;
  if (known.size > KEPT_JOBS && oldest !== undefined) known.delete(oldest);
}

/** The same of a view that its workflow gave. */
export async function noteView(deps: ApiDeps, view: JobView): Promise<void> {
  const { job_id, status, finished_at, last_seq, error } = view;
  // a worker of an earlier version does not say as of when
  if (last_seq !== undefined)
    await noteStanding(deps, { job_id, status, finished_at, seq: last_seq, reason: listedReason(error) });
}
