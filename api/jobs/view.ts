import { isClosed } from '../../contracts/status.ts';
import type { JobView, TaskView } from '../../contracts/view.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import type { WorkInProgress } from '../gateway/work.ts';
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
  return { ...(isClosed(view.status) ? ended(view) : view), temporal: { workflow_id, ui_url } };
}

/** In a job that has ended nothing waits any more: checks and merges that never came are none. */
function ended(view: JobView): JobView {
  const { repository } = view;
  if (!repository) return view;
  const { check } = repository;
  const come = (status: typeof check.base) =>
    status === 'pending' || status === 'running' ? 'none' : status;
  const checked = { ...check, base: come(check.base), status: come(check.status) };
  const tasks = view.tasks.map((task) =>
    task.repository && TO_COME.has(task.repository.merge)
      ? { ...task, repository: { ...task.repository, merge: 'none' as const } }
      : task,
  );
  return { ...view, tasks, repository: { ...repository, check: checked, queue: [] } };
}

const TO_COME: ReadonlySet<string> = new Set(['waiting', 'queued', 'checking']);

/** The job as {@link readView} gives it, with the workers of its running tasks and their last heartbeats. */
export async function readLiveView(deps: ApiDeps, sees: Sees, job_id: string): Promise<JobView> {
  const view = await readView(deps, sees, job_id);
  const running = view.tasks.filter(({ status }) => status === 'running').map(({ task_id }) => task_id);
  if (running.length === 0) return view;
  const work = await deps.gateway.describeWork(job_id, running);
  const tasks = view.tasks.map((task) => withWork(task, work.get(task.task_id)));
  const workers = tasks.flatMap(({ task_id, status, worker }) =>
    status === 'running' && worker !== null ? [{ worker, task_id }] : [],
  );
  return { ...view, tasks, workers };
}

function withWork(task: TaskView, work: WorkInProgress | undefined): TaskView {
  if (!work) return task;
  const { sets_up, ...who } = work;
  const { repository } = task;
  if (!sets_up || repository?.merge !== 'none') return { ...task, ...who };
  return { ...task, ...who, repository: { ...repository, merge: 'setting_up' } };
}
