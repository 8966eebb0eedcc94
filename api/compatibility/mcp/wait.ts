import { isClosed, type JobStatus } from '../../../contracts/status.ts';
import type { JobView } from '../../../contracts/view.ts';
import { findJob } from '../../jobs/find-job.ts';
import { waitForJob } from '../../jobs/wait.ts';
import { findOperation, OPERATION_PREFIX, readRecord, type TaskRecord } from './record.ts';
import type { RequestContext } from './session.ts';
import { awaitCall } from './start.ts';

/** What `task_await` answers for one task. */
export type Awaited1 = TaskRecord & { timedOut?: true; next?: string };

/** While nothing changes, progress is said so often: clients take a silent server for dead. */
const PROGRESS_MS = 5000;

/** Waits until all have ended, `milliseconds` at most or until the request is cancelled. Throws `not_found` at once. */
export async function awaitTasks(
  ctx: RequestContext,
  ids: readonly string[],
  milliseconds: number,
): Promise<Awaited1[]> {
  await Promise.all(ids.map((id) => mustExist(ctx, id)));
  const end = Date.now() + milliseconds;
  await Promise.all(ids.filter(isJob).map((id) => untilEnded(ctx, id, end)));
  return await Promise.all(
    ids.map(async (id) => {
      const record = await readRecord(ctx, id);
      return record.status === 'running'
        ? { ...record, timedOut: true as const, next: awaitCall(id) }
        : record;
    }),
  );
}

/** Throws `not_found` for a task that is not there, or somebody else's. */
export async function mustExist(ctx: RequestContext, id: string): Promise<void> {
  if (isJob(id)) await findJob(ctx.deps, ctx.caller.sees, id);
  else await findOperation(ctx, id);
}

const isJob = (id: string): boolean => !id.startsWith(OPERATION_PREFIX);

/** A job in review counts as failed here: no person is there to decide. */
const isOver = (status: JobStatus): boolean => isClosed(status) || status === 'needs_review';

async function untilEnded(ctx: RequestContext, id: string, end: number): Promise<void> {
  let said = '';
  let at = 0;
  await waitForJob(ctx.deps, ctx.caller.sees, id, end - Date.now(), (view) => {
    const message = progressOf(view);
    if (message !== said || Date.now() - at >= PROGRESS_MS) {
      said = message;
      at = Date.now();
      ctx.progress(message);
    }
    return ctx.signal.aborted || isOver(view.status);
  });
}

/** For instance `j3k: running, 1 of 4 steps done; at work: Review (reviewer)`. */
function progressOf({ job_id, status, stats, tasks }: JobView): string {
  const working = tasks
    .filter((task) => task.status === 'running')
    .slice(0, 3)
    .map(({ title, agent }) => `${title.slice(0, 60)}${agent ? ` (${agent})` : ''}`);
  const done = stats.total > 0 ? `, ${stats.completed} of ${stats.total} steps done` : '';
  return `${job_id}: ${status}${done}${working.length > 0 ? `; at work: ${working.join(', ')}` : ''}`;
}
