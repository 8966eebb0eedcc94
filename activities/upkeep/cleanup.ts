import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Context } from '@temporalio/activity';
import { jobWorkflowId } from '../../contracts/names.ts';
import type { KeptPlan } from '../../contracts/plan.ts';
import { isClosed, type JobStatus } from '../../contracts/status.ts';
import type { ClosedJob } from '../../contracts/view.ts';
import { wakeAll } from '../agents/wake-all.ts';
import type { ActivityDeps } from '../deps.ts';
import type { Activities } from '../types.ts';
import { listRunning, unlistGone } from './list-repair.ts';
import { releasePayloads } from './release-payloads.ts';

/** Closed jobs that one sweep looks at. */
const SWEPT_JOBS = 1000;
/** How long a job may take to stop before it is terminated. */
const STOP_SECONDS = 30;
const POLL_MS = 100;
/** What is overdue by less is being seen to. */
const OVERDUE_SECONDS = 5;

/** Ends what a crash may have left open, and removes what is to be deleted. */
export function createCleanupActivities(
  deps: ActivityDeps,
): Pick<Activities, 'sweep' | 'stopJob' | 'eraseJob'> {
  const { temporal, store } = deps;
  return {
    async sweep() {
      const { listed_jobs, strays } = await listRunning(deps);
      const done = {
        cancelled_tasks: await cancelOrphans(deps),
        listed_jobs,
        archived_jobs: await archiveMissing(deps, strays),
        unlisted_jobs: await unlistGone(deps, strays),
        resumed_deletions: await resumeDeletions(deps),
        woken_tasks: await wakeAll(deps),
        rung_webhooks: await notifyOverdue(deps),
      };
      await releasePayloads(deps);
      return done;
    },
    async stopJob({ job_id }) {
      const id = jobWorkflowId(job_id);
      await temporal.cancel(id);
      for (
        let waited = 0;
        (await temporal.isRunning(id)) && waited < STOP_SECONDS * 1000;
        waited += POLL_MS
      ) {
        Context.current().heartbeat();
        await Context.current().sleep(POLL_MS);
      }
      for (const run of await temporal.runsOf(job_id)) {
        if (run.running) await temporal.terminate(run.workflow_id, 'the job was deleted');
      }
    },
    async eraseJob({ job_id }) {
      await store.eraseJob(job_id);
      // the server removes runs in the background, and shows late what began or ended just now
      const requested = new Set<string>();
      for (;;) {
        const runs = await temporal.runsOf(job_id);
        for (const run of runs.filter(({ run_id }) => !requested.has(run_id))) {
          await temporal.deleteRun(run);
          requested.add(run.run_id);
        }
        if (runs.length === 0) break;
        Context.current().heartbeat();
        await Context.current().sleep(1000);
      }
      // where this host has the job's folder; a second host keeps what a lost one left
      await rm(join(deps.work_dir, job_id), { recursive: true, force: true });
      await store.markErased(job_id);
    },
  };
}

/** Tasks outlive a job that was terminated from outside: nobody waits for them. */
async function cancelOrphans({ temporal }: ActivityDeps): Promise<number> {
  const alive = new Map<string, boolean>();
  let cancelled = 0;
  for (const task of await temporal.runningTasks()) {
    const id = jobWorkflowId(task.job_id);
    if (!alive.has(id)) alive.set(id, await temporal.isRunning(id));
    if (alive.get(id)) continue;
    await temporal.cancel(task.workflow_id);
    cancelled += 1;
  }
  return cancelled;
}

/** A job that was terminated could not archive itself: its last state says what it was. */
async function archiveMissing({ temporal, store }: ActivityDeps, strays: readonly string[]): Promise<number> {
  const closed = [...new Set([...(await temporal.closedJobs(SWEPT_JOBS)), ...strays])];
  const [archived, deleted] = [await store.archivedAmong(closed), await store.deletedAmong(closed)];
  let count = 0;
  for (const job_id of closed) {
    if (archived.has(job_id) || deleted.has(job_id)) continue;
    // a run of it has ended, and another one goes on: it was reset
    if (await temporal.isRunning(jobWorkflowId(job_id))) continue;
    const last = await temporal
      .queryEnded<ClosedJob<KeptPlan>>({ workflow_id: jobWorkflowId(job_id) }, 'archive_input')
      .catch(() => null);
    if (!last) continue;
    const finished_at = last.view.finished_at ?? new Date().toISOString();
    const error = isClosed(last.view.status)
      ? last.view.error
      : { code: 'terminated', message: 'the workflow was ended from outside' };
    const status: JobStatus = isClosed(last.view.status) ? last.view.status : 'failed';
    const view = { ...last.view, finished_at, status, error };
    await store.archiveJob({ ...last, view });
    count += 1;
  }
  await store.closeArchived(closed);
  return count;
}

/** Deliveries that were written, but whose writer was killed before it could notify the sender. */
async function notifyOverdue({ temporal, store }: ActivityDeps): Promise<number> {
  const overdue = await store.overdueEndpoints(new Date(Date.now() - OVERDUE_SECONDS * 1000).toISOString());
  for (const endpoint_id of overdue) await temporal.notifyWebhooks(endpoint_id);
  return overdue.length;
}

/** A deletion whose request was killed between the tombstone and the start of its workflow. */
async function resumeDeletions({ temporal, store }: ActivityDeps): Promise<number> {
  const unfinished = await store.listUnfinishedDeletions();
  for (const { job_id } of unfinished) await temporal.startDeletion(job_id);
  return unfinished.length;
}
