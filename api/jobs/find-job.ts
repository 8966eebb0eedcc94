import { ProblemError } from '../../contracts/error.ts';
import { ID_PATTERN } from '../../contracts/names.ts';
import type { ArchivedJob } from '../../store/index.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { isWorkflowGone } from '../gateway/index.ts';

/** Owners of live jobs never change, so each is asked for once. */
const owners = new WeakMap<ApiDeps, Map<string, string>>();
const KEPT_OWNERS = 10_000;

/**
 * The archived form of a closed job, or null for one that lives in Temporal. Throws `not_found` for a job that
 * is not there, was deleted, or belongs to somebody else.
 */
export async function findJob(deps: ApiDeps, sees: Sees, job_id: string): Promise<ArchivedJob | null> {
  // other texts may name workflows that are no jobs: those of tasks, for one
  if (!ID_PATTERN.test(job_id)) noSuchJob(job_id);
  if (await deps.store.getTombstone(job_id)) noSuchJob(job_id);
  const archived = await deps.store.readArchived(job_id);
  if (archived) {
    if (!maySee(sees, archived.view.owner)) noSuchJob(job_id);
    return archived;
  }
  const owner = await ownerOf(deps, job_id);
  if (owner === undefined || !maySee(sees, owner)) noSuchJob(job_id);
  return null;
}

/**
 * Reads something of a job: of the archive when it is there, else of its workflow; and of the archive again when
 * the workflow has gone meanwhile.
 */
export async function readJob<T>(
  deps: ApiDeps,
  sees: Sees,
  job_id: string,
  from: { live: () => Promise<T>; archive: (job: ArchivedJob) => T | Promise<T> },
): Promise<T> {
  const archived = await findJob(deps, sees, job_id);
  if (archived) return await from.archive(archived);
  try {
    return await from.live();
  } catch (error) {
    if (!isWorkflowGone(error)) throw error;
  }
  const closed = await findJob(deps, sees, job_id);
  return closed ? await from.archive(closed) : noSuchJob(job_id);
}

/** Throws: there is no such job, or it is somebody else's. */
export function noSuchJob(job_id: string): never {
  notFound(`job '${job_id}'`);
}

/** Throws: the job has ended, for that reason where there is one, so it takes no commands any more. */
export function jobEnded(status: string, reason: string | null = null): never {
  const why = reason === null ? '.' : `: ${reason}`;
  throw new ProblemError({
    code: 'conflict',
    message: `The job is ${status}; nothing can be changed any more${why}`,
  });
}

/** Says whose a live job is, so that nobody has to ask. */
export function rememberOwner(deps: ApiDeps, job_id: string, owner: string): void {
  const known = owners.get(deps) ?? new Map<string, string>();
  owners.set(deps, known.set(job_id, owner));
  const oldest = known.keys().next().value;
  if (known.size > KEPT_OWNERS && oldest !== undefined) known.delete(oldest);
}

/** Whose a job is that the caller sees. Throws like {@link findJob}. */
export async function jobOwner(deps: ApiDeps, sees: Sees, job_id: string): Promise<string> {
  const archived = await findJob(deps, sees, job_id);
  return archived?.view.owner ?? (await ownerOf(deps, job_id)) ?? noSuchJob(job_id);
}

const maySee = (sees: Sees, owner: string): boolean => sees === null || sees === owner;

async function ownerOf(deps: ApiDeps, job_id: string): Promise<string | undefined> {
  const known = owners.get(deps)?.get(job_id);
  if (known !== undefined) return known;
  const owner = (await deps.gateway.describeJob(job_id))?.owner;
  if (owner !== undefined) rememberOwner(deps, job_id, owner);
  return owner;
}
