import { ProblemError } from '../../../contracts/error.ts';
import { ID_PATTERN } from '../../../contracts/names.ts';
import type { JobView } from '../../../contracts/view.ts';
import type { Ctx } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { notFound } from '../../errors.ts';
import { readArtifacts, readResults } from '../../jobs/results.ts';
import { readView } from '../../jobs/view.ts';
import { jobIdOf } from './request.ts';
import type { Results } from './status.ts';

/**
 * The job that a client means: the one with its own id, else the one whose `job_id` that is, so that jobs
 * of every API can be found here. Throws `not_found`.
 */
export async function findTask(deps: ApiDeps, c: Ctx, task_id: string): Promise<JobView> {
  const sees = c.get('sees');
  const own = await unlessMissing(readView(deps, sees, jobIdOf(c.get('owner'), task_id)));
  if (own) return own;
  const other = ID_PATTERN.test(task_id) ? await unlessMissing(readView(deps, sees, task_id)) : null;
  return other ?? notFound(`task '${task_id}'`);
}

/** What the tasks of a job gave, whole, and its artifacts. */
export async function resultsOf(deps: ApiDeps, c: Ctx, view: JobView): Promise<Results> {
  const sees = c.get('sees');
  const [results, artifacts] = await Promise.all([
    readResults(deps, sees, view.job_id),
    readArtifacts(deps, sees, view.job_id),
  ]);
  const shown = view.tasks.filter(({ status }) => status === 'completed');
  const read = shown.map(async ({ task_id, outputs, output_preview }) => {
    const kept = Object.hasOwn(results.outputs, task_id) ? results.outputs[task_id] : undefined;
    const { text, data } = kept ? await deps.store.readOutput(kept) : { text: output_preview, data: outputs };
    return data === null && text === null ? [] : [[task_id, data ?? { output: text }] as const];
  });
  return { outputs: new Map((await Promise.all(read)).flat()), artifacts };
}

async function unlessMissing<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'not_found') return null;
    throw error;
  }
}
