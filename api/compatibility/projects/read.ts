import type { z } from 'zod';
import { BOSS_TASK } from '../../../contracts/names.ts';
import { isClosed } from '../../../contracts/status.ts';
import type { JobView } from '../../../contracts/view.ts';
import type { Sees } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { notFound } from '../../errors.ts';
import { readResults } from '../../jobs/results.ts';
import { readView } from '../../jobs/view.ts';
import { type Project, type ProjectItem, toProject, toProjectItem } from './view.ts';
import { jobStatuses, type ProjectStatus } from './words.ts';

/** A project, with its texts whole. Throws `not_found` for one that the caller does not see. */
export async function readProject(deps: ApiDeps, sees: Sees, id: string): Promise<z.output<typeof Project>> {
  const view = await readProjectView(deps, sees, id);
  const { description, outputs } = await readResults(deps, sees, id);
  const last = outputs[BOSS_TASK];
  const summary = isClosed(view.status) && last ? (await deps.store.readOutput(last)).text : view.synthesis;
  return toProject(view, { goal: description, summary });
}

/** The job of a project. Throws `not_found` for one that no agent leads. */
export async function readProjectView(deps: ApiDeps, sees: Sees, id: string): Promise<JobView> {
  const view = await readView(deps, sees, id);
  return view.strategy === 'boss' ? view : notFound(`project '${id}'`);
}

/** The newest projects that the caller sees, at most `limit`. */
export async function listProjects(
  deps: ApiDeps,
  query: { sees: Sees; status?: ProjectStatus; limit: number },
): Promise<z.output<typeof ProjectItem>[]> {
  const { sees, status, limit } = query;
  const statuses = status && jobStatuses(status);
  const jobs = await deps.store.listJobs({ owner: sees, statuses, strategy: 'boss', limit });
  return jobs.map((job) => toProjectItem(job, job.team));
}
