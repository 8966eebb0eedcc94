import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { readView } from '../jobs/view.ts';
import { turnsOf } from '../turns.ts';
import { within } from '../within.ts';

/** So many jobs with running tasks are looked into, at most. */
const MAX_JOBS = 100;

/** Whoever asks does not wait longer, in milliseconds: what was not said by then counts as nothing. */
const PATIENCE_MS = 2000;

/**
 * The jobs of running tasks, one entry a task, by the name of the agent that works on it. Of jobs that the caller
 * sees; nothing while nobody can tell.
 */
export async function jobsAtWork(deps: ApiDeps, sees: Sees): Promise<Map<string, string[]>> {
  const views = await within(
    PATIENCE_MS,
    turnsOf(deps)(`at work ${JSON.stringify(sees)}`, () => viewsAtWork(deps, sees)).catch(() => null),
  );
  const jobs = new Map<string, string[]>();
  for (const view of views ?? []) {
    for (const { status, agent } of view?.tasks ?? []) {
      if (status !== 'running' || agent === null) continue;
      jobs.set(agent, [...(jobs.get(agent) ?? []), view!.job_id]);
    }
  }
  return jobs;
}

async function viewsAtWork(deps: ApiDeps, sees: Sees) {
  const open = await deps.store.openJobs(sees);
  const busy = open.filter(({ stats }) => stats.running > 0).slice(0, MAX_JOBS);
  const each = busy.map(({ job_id }) =>
    within(
      PATIENCE_MS,
      readView(deps, sees, job_id).catch(() => null),
    ),
  );
  return await Promise.all(each);
}
