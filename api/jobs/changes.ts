import { ProblemError } from '../../contracts/error.ts';
import { DiffStat } from '../../contracts/repository/view.ts';
import type { DiffRefs, JobChanges } from '../../contracts/repository/work.ts';
import type { Sees } from '../access/caller.ts';
import type { Sent } from '../content.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { readJob } from './find-job.ts';

/** Where the diffs and bundles of a job are. Throws `not_found` for a job that works in no repository. */
export async function readChanges(deps: ApiDeps, sees: Sees, job_id: string): Promise<JobChanges> {
  const changes = await readJob<JobChanges | null>(deps, sees, job_id, {
    live: () => deps.gateway.queryJob(job_id, 'changes'),
    archive: (job) => job.changes ?? null,
  });
  return changes ?? missing(`The job '${job_id}' works in no repository.`);
}

/** The diff of a job's branch, or of a task's work. Throws `not_found` where there is none. */
export function diffOf({ diff, tasks }: JobChanges, task_id?: string): DiffRefs {
  if (task_id === undefined) return diff ?? missing(NOTHING_LANDED);
  return workOf(tasks, task_id).diff ?? missing(`The task '${task_id}' changed nothing in the repository.`);
}

/** The files of a diff. */
export async function readStat({ store }: ApiDeps, { stat_ref }: DiffRefs): Promise<DiffStat> {
  return DiffStat.parse(JSON.parse((await store.getContent(stat_ref)).toString('utf8')));
}

/** Which bundle is meant: that of a task's work, of the base, or of what landed. */
export interface BundleQuery {
  task_id?: string;
  base?: boolean;
}

/**
 * A bundle as it is stored. Throws `not_found` where there is none, with what to do instead, or `validation` for the base of
 * a task.
 */
export async function findBundle(
  { store }: ApiDeps,
  job_id: string,
  changes: JobChanges,
  query: BundleQuery,
): Promise<Sent> {
  if (query.base && query.task_id !== undefined) {
    const fields = [{ path: 'base', issue: 'goes without task_id: a job has one base' }];
    throw new ProblemError({ code: 'validation', message: 'The query is not valid.', fields });
  }
  const sha256 = bundleOf(changes, query);
  const { size_bytes } = (await store.statContent(sha256)) ?? notFound('stored content of this bundle');
  const part = query.base ? 'base' : (query.task_id ?? 'result');
  return { name: `${job_id}-${part}.bundle`, media_type: BUNDLE_TYPE, sha256, size_bytes };
}

/** There is no registered type; git's own tools ask for none. */
export const BUNDLE_TYPE = 'application/x-git-bundle';

const NOTHING_LANDED = 'Nothing has landed in the branch of this job yet: it is at its base.';

function bundleOf({ base_sha, base_bundle, head_bundle, tasks }: JobChanges, query: BundleQuery): string {
  if (query.base) {
    if (base_sha === null) missing('The repository of this job was not fetched yet.');
    return base_bundle ?? missing(`The base ${base_sha} is in the repository itself: fetch it from there.`);
  }
  if (query.task_id === undefined) return head_bundle ?? missing(NOTHING_LANDED);
  const { bundle } = workOf(tasks, query.task_id);
  return bundle ?? missing(`The task '${query.task_id}' changed nothing in the repository.`);
}

function workOf(tasks: JobChanges['tasks'], task_id: string) {
  if (Object.hasOwn(tasks, task_id)) return tasks[task_id]!;
  return missing(`No work of a task '${task_id}' has come into the repository of this job yet.`);
}

function missing(message: string): never {
  throw new ProblemError({ code: 'not_found', message });
}
