import type { Artifact } from '../../contracts/artifact.ts';
import type { AnsweredRequest } from '../../contracts/command.ts';
import type { KeptPlan } from '../../contracts/plan.ts';
import type { JobChanges } from '../../contracts/repository/work.ts';
import type { JobStatus } from '../../contracts/status.ts';
import type { ClosedJob, JobListItem, JobResults, JobView } from '../../contracts/view.ts';
import { closedItem } from '../../core/journal/list-item.ts';
import { lockJob, storable } from '../database/database.ts';
import type { Db } from '../database/schema.ts';
import { closeJob, reopenJob } from './jobs.ts';
import { deletedAmong } from './tombstones.ts';

/** A closed job as it is kept. */
export type ArchivedJob = ClosedJob<KeptPlan>;

/** Writes a closed job, over an earlier row of it. Does nothing and gives false when the job was deleted. */
export async function archiveJob(db: Db, job: ArchivedJob): Promise<boolean> {
  const item = closedItem(job.view);
  const row = toRow(job, item);
  return await db.transaction().execute(async (transaction) => {
    await lockJob(transaction, row.job_id);
    if ((await deletedAmong(transaction, [row.job_id])).size > 0) return false;
    const { job_id, ...rest } = row;
    await transaction
      .insertInto('archive')
      .values(row)
      .onConflict((conflict) => conflict.column('job_id').doUpdateSet(rest))
      .execute();
    await closeJob(transaction, item);
    await transaction.deleteFrom('live_jobs').where('job_id', '=', job_id).execute();
    return true;
  });
}

/** Takes a job out of the archive: it goes on as `status`. */
export async function unarchiveJob(db: Db, job_id: string, status: JobStatus): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await lockJob(transaction, job_id);
    await transaction.deleteFrom('archive').where('job_id', '=', job_id).execute();
    await reopenJob(transaction, job_id, status);
  });
}

/** A closed job, or null. */
export async function readArchived(db: Db, job_id: string): Promise<ArchivedJob | null> {
  const row = await db
    .selectFrom('archive')
    .select(['view', 'plans', 'body_hash', 'artifacts', 'requests', 'results', 'changes'])
    .where('job_id', '=', storable(job_id))
    .executeTakeFirst();
  if (!row) return null;
  return {
    view: JSON.parse(row.view) as JobView,
    plans: JSON.parse(row.plans) as KeptPlan[],
    body_hash: row.body_hash,
    artifacts: JSON.parse(row.artifacts) as Artifact[],
    requests: JSON.parse(row.requests) as AnsweredRequest[],
    ...(row.results === null ? {} : { results: JSON.parse(row.results) as JobResults }),
    ...(row.changes === null ? {} : { changes: JSON.parse(row.changes) as JobChanges }),
  };
}

/** Which of these jobs are in the archive. */
export async function archivedAmong(db: Db, job_ids: readonly string[]): Promise<Set<string>> {
  if (job_ids.length === 0) return new Set();
  const rows = await db.selectFrom('archive').select('job_id').where('job_id', 'in', job_ids).execute();
  return new Set(rows.map((row) => row.job_id));
}

/** When archived jobs ended, by id; the others are left out. */
export async function endsOf(db: Db, job_ids: readonly string[]): Promise<Map<string, string>> {
  if (job_ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('archive')
    .select(['job_id', 'finished_at', 'archived_at'])
    .where('job_id', 'in', job_ids)
    .execute();
  return new Map(rows.map(({ job_id, finished_at, archived_at }) => [job_id, finished_at ?? archived_at]));
}

function toRow(job: ArchivedJob, item: JobListItem) {
  const { view, plans, body_hash, artifacts, requests, results, changes } = job;
  const { job_id, title, status, owner, created_at, finished_at } = view;
  return {
    job_id,
    owner,
    status,
    title: storable(title),
    created_at,
    finished_at,
    body_hash,
    list_item: JSON.stringify(item),
    view: JSON.stringify(view),
    plans: JSON.stringify(plans),
    artifacts: JSON.stringify(artifacts),
    requests: JSON.stringify(requests),
    results: results ? JSON.stringify(results) : null,
    changes: changes ? JSON.stringify(changes) : null,
    archived_at: new Date().toISOString(),
  };
}
