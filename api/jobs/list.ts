import type { JobOrigin } from '../../contracts/spec.ts';
import type { JobStatus } from '../../contracts/status.ts';
import type { JobListItem } from '../../contracts/view.ts';
import type { ListCursor } from '../../store/index.ts';
import type { ApiDeps } from '../deps.ts';
import type { Sees } from '../endpoint.ts';

/** Which jobs to list: those that the caller sees, and that come after `before`. */
export interface ListQuery {
  owner: Sees;
  status?: JobStatus;
  /** only those that an agent leads */
  strategy?: 'boss';
  /** only those that were started there */
  face?: JobOrigin['face'];
  before?: ListCursor;
  limit: number;
}

/**
 * Open jobs from Temporal and closed ones from the archive as one list without doubles, newest first. A row of
 * the archive wins over an open job; deleted ones are left out.
 */
export async function listJobs(deps: ApiDeps, query: ListQuery): Promise<JobListItem[]> {
  const { owner, status, strategy, face, before, limit } = query;
  const open = await deps.gateway.listOpenJobs({ owner, status });
  const ids = open.map((job) => job.job_id);
  // asked after the open ones: a job that closes in between is in one of the two
  const [archived, hidden, deleted] = await Promise.all([
    deps.store.listArchived({ owner, status, strategy, face, before, limit }),
    deps.store.archivedAmong(ids),
    deps.store.deletedAmong(ids),
  ]);
  const shown = open.filter(
    (job) =>
      !hidden.has(job.job_id) &&
      !deleted.has(job.job_id) &&
      (strategy === undefined || job.strategy === strategy) &&
      (face === undefined || job.origin?.face === face) &&
      (before === undefined || isOlder(job, before)),
  );
  const unique = new Map([...shown, ...archived].map((job) => [job.job_id, job]));
  return [...unique.values()].sort((a, b) => (isOlder(a, b) ? 1 : -1)).slice(0, limit);
}

/** Whether `job` stands after `other` in the list. */
function isOlder(job: ListCursor, other: ListCursor): boolean {
  if (job.created_at !== other.created_at) return job.created_at < other.created_at;
  return job.job_id < other.job_id;
}
