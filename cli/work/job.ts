import { dataOf, type Schemas } from '../../client/client.ts';
import type { Context } from '../context.ts';
import { CliError, EXIT } from '../exit.ts';

/** A job that works in a repository whose base is known. */
export interface RepositoryJob {
  job: Schemas['Job'];
  repository: NonNullable<Schemas['Job']['repository']> & { base_sha: string; head_sha: string };
  task?: Schemas['Job']['tasks'][number];
}

/** The job and its task, where there is something to fetch or push. Throws a CliError. */
export async function repositoryJob(
  { api }: Context,
  job_id: string,
  task_id?: string,
): Promise<RepositoryJob> {
  const job = await dataOf(api.GET('/orchestrate/{job_id}/status', { params: { path: { job_id } } }));
  const { repository, tasks } = job;
  if (!repository) {
    throw new CliError(`The job ${job_id} works in no repository.`, EXIT.not_found, 'not_found');
  }
  const { base_sha, head_sha } = repository;
  if (base_sha === null || head_sha === null) {
    const message = `The repository of the job ${job_id} was not fetched yet; try again in a moment.`;
    throw new CliError(message, EXIT.conflict, 'conflict');
  }
  const task = tasks.find((one) => one.task_id === task_id);
  if (task_id !== undefined && !task) {
    throw new CliError(`There is no task ${task_id} in the job ${job_id}.`, EXIT.not_found, 'not_found');
  }
  return { job, repository: { ...repository, base_sha, head_sha }, ...(task ? { task } : {}) };
}

/** The task is one that does not merge: what its agent did is where to go on from. */
export const isConflict = ({ task }: RepositoryJob): boolean => task?.repository?.merge === 'conflict';

/** What was handed in for the task counts: it waits to be merged, does not merge, or has landed. */
export const isHandedIn = ({ task }: RepositoryJob): boolean =>
  !['none', 'setting_up', 'taken_back'].includes(task?.repository?.merge ?? 'none');

/** The task may still get work. */
export const isOpen = ({ job, task }: RepositoryJob): boolean =>
  job.finished_at === null && !['completed', 'skipped', 'cancelled'].includes(task?.status ?? '');
