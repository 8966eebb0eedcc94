import type { JobEvent } from '../../contracts/event.ts';
import type { Sees } from '../access/caller.ts';
import type { Sent } from '../content.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { allEvents } from '../events/source.ts';
import { findJob } from './find-job.ts';

/**
 * A text that events of a repository job name by its hash: what a check printed, or the marked places of a conflict. Other
 * contents are not given, also not those of the job. Throws `not_found`.
 */
export async function findText(deps: ApiDeps, sees: Sees, job_id: string, sha256: string): Promise<Sent> {
  await findJob(deps, sees, job_id);
  const name = await nameOf(deps, job_id, sha256);
  if (name === undefined) notFound('log of a check and no conflict of this job with that hash');
  const { size_bytes } = (await deps.store.statContent(sha256)) ?? notFound('stored content of this text');
  return { name, media_type: 'text/plain; charset=utf-8', sha256, size_bytes };
}

async function nameOf(deps: ApiDeps, job_id: string, sha256: string): Promise<string | undefined> {
  for await (const event of allEvents(deps, job_id)) {
    const name = namedBy(event, sha256);
    if (name !== undefined) return name;
  }
  return undefined;
}

function namedBy({ type, data }: JobEvent, sha256: string): string | undefined {
  if (type === 'merge.conflict') return data.hunks_ref === sha256 ? 'conflict.txt' : undefined;
  return CHECKS.has(type) && data.log_ref === sha256 ? 'check.log' : undefined;
}

const CHECKS: ReadonlySet<JobEvent['type']> = new Set([
  'repository.base_checked',
  'merge.checked',
  'merge.taken_back',
]);
