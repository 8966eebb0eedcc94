import { ProblemError } from '../../contracts/error.ts';
import { DiffStat } from '../../contracts/repository/view.ts';
import type { DiffRefs, JobChanges } from '../../contracts/repository/work.ts';
import type { Sees } from '../access/caller.ts';
import type { Sent } from '../content.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { allEvents } from '../events/source.ts';
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

/** Which bundle is meant: that of a task's work, the latest or the one with that head, of the base, or of what landed. */
export interface BundleQuery {
  task_id?: string;
  head_sha?: string;
  base?: boolean;
}

/**
 * A bundle as it is stored. Throws `not_found` where there is none, with what to do instead, or `validation` for the base of
 * a task, or a head without one.
 */
export async function findBundle(
  deps: ApiDeps,
  job_id: string,
  changes: JobChanges,
  query: BundleQuery,
): Promise<Sent> {
  const { task_id, head_sha } = query;
  if (query.base && task_id !== undefined) invalid('base', 'goes without task_id: a job has one base');
  if (head_sha !== undefined && task_id === undefined)
    invalid('head_sha', 'goes with task_id: it is of a task');
  const earlier = head_sha === undefined || task_id === undefined ? null : { task_id, head_sha };
  const sha256 = earlier ? await earlierBundle(deps, job_id, earlier) : bundleOf(changes, query);
  const { size_bytes } = (await deps.store.statContent(sha256)) ?? notFound('stored content of this bundle');
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

/** Of any work on a task: its events name each, also what was taken back, did not merge, or was left by a failed attempt. */
async function earlierBundle(
  deps: ApiDeps,
  job_id: string,
  { task_id, head_sha }: { task_id: string; head_sha: string },
): Promise<string> {
  for await (const { type, task_id: by, data } of allEvents(deps, job_id)) {
    if (type !== 'task.committed' || by !== task_id || data.head_sha !== head_sha) continue;
    if (typeof data.bundle_ref === 'string') return data.bundle_ref;
  }
  return missing(`No work of the task '${task_id}' with the head ${head_sha} is stored.`);
}

function workOf(tasks: JobChanges['tasks'], task_id: string) {
  if (Object.hasOwn(tasks, task_id)) return tasks[task_id]!;
  return missing(`No work of a task '${task_id}' has come into the repository of this job yet.`);
}

function invalid(path: string, issue: string): never {
  throw new ProblemError({
    code: 'validation',
    message: 'The query is not valid.',
    fields: [{ path, issue }],
  });
}

function missing(message: string): never {
  throw new ProblemError({ code: 'not_found', message });
}
