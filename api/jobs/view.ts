import type { JobView } from '../../contracts/view.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { readJob } from './find-job.ts';
import { noteView } from './standing.ts';

/** The job as everybody sees it, with the link to its workflow. Throws `not_found`. */
export async function readView(deps: ApiDeps, sees: Sees, job_id: string): Promise<JobView> {
  const view = await readJob<JobView>(deps, sees, job_id, {
    live: async () => {
      const live = await deps.gateway.queryJob(job_id, 'status');
      await noteView(deps, live);
      return live;
    },
    archive: (job) => job.view,
  });
  const { workflow_id } = view.temporal;
  const ui_url = deps.ui_url === null ? null : `${deps.ui_url}/${encodeURIComponent(workflow_id)}`;
  return { ...view, temporal: { workflow_id, ui_url } };
}

/** The job as {@link readView} gives it, with the workers of its running tasks and their last heartbeats. */
export async function readLiveView(deps: ApiDeps, sees: Sees, job_id: string): Promise<JobView> {
  const view = await readView(deps, sees, job_id);
  const running = view.tasks.filter(({ status }) => status === 'running').map(({ task_id }) => task_id);
  if (running.length === 0) return view;
  const work = await deps.gateway.describeWork(job_id, running);
  const tasks = view.tasks.map((task) => ({ ...task, ...work.get(task.task_id) }));
  const workers = tasks.flatMap(({ task_id, status, worker }) =>
    status === 'running' && worker !== null ? [{ worker, task_id }] : [],
  );
  return { ...view, tasks, workers };
}
