import { Context } from '@temporalio/activity';
import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import type { TaskSettlement } from '../../contracts/attempt.ts';
import { jobWorkflowId, taskWorkflowId } from '../../contracts/names.ts';
import { catchUp } from '../../core/state/catch-up.ts';
import { type JobState, jobStatus } from '../../core/state/job-state.ts';
import { fullSettlement, type LeanSettlement } from '../../core/state/lean.ts';
import { partsOf } from '../../core/state/parts.ts';
import type { Recovery } from '../../core/state/recover.ts';
import type { ActivityDeps } from '../deps.ts';
import { startHeartbeat } from '../heartbeat.ts';
import type { Activities } from '../types.ts';

/** How long a task of the run before may take to stop before it is terminated. */
const STOP_MS = 30_000;
const POLL_MS = 100;
/** How often the run before is asked before the job goes on from where it was reset to. */
const ASK_TIMES = 6;

/**
 * What is known of a job whose run was reset: the state as the run before left it, or, where that can't be read any
 * more, as it was where it was reset to. Tasks that still run are stopped first: nobody waits for them.
 */
export function createRecoveryActivities(deps: ActivityDeps): Pick<Activities, 'recoverJob'> {
  const { store, temporal } = deps;
  return {
    async recoverJob({ job_id, state: at_reset }) {
      const context = Context.current();
      const stopHeartbeat = startHeartbeat(context, 10);
      try {
        const { state, isLatest } = await stateBefore(job_id, at_reset);
        const found = await Promise.all(
          ranIn(state, isLatest).map((task_id) => endOf(deps, job_id, task_id)),
        );
        const ends = found.filter((end) => end !== null);
        const last_seq = (await store.lastSeq(job_id)) ?? 0;
        if (!isLatest)
          catchUp(state, ends, await store.readEvents(job_id, state.journal.next_seq - 1, last_seq));
        const settlements = ends.filter((end) => end.generation === state.tasks[end.task_id]?.generation);
        const lease_costs: Recovery['lease_costs'] = {};
        for (const { lease_id } of Object.values(state.budget.leases)) {
          lease_costs[lease_id] = (await store.closeLease(lease_id)).cost_usd;
        }
        const rows = await store.readLedger(job_id);
        const spent_usd = rows.reduce((sum, { cost_usd }) => sum + cost_usd, 0);
        // it goes on, whatever was said of it
        if (state.phase !== 'closed') await store.unarchiveJob(job_id, jobStatus(state));
        const recovery: Recovery = { state, settlements, lease_costs, spent_usd, last_seq };
        const recovery_refs: string[] = [];
        for (const source of partsOf(JSON.stringify(recovery))) {
          recovery_refs.push((await store.putContent({ job_id, source })).sha256);
        }
        return { recovery_refs };
      } finally {
        stopHeartbeat();
      }
    },
  };

  /** `isLatest`: as the run before left it; else as it was where it was reset to */
  async function stateBefore(
    job_id: string,
    at_reset: JobState | null,
  ): Promise<{ state: JobState; isLatest: boolean }> {
    const { workflowExecution, attempt } = Context.current().info;
    const workflow_id = jobWorkflowId(job_id);
    try {
      for (const run_id of await temporal.endedRuns(workflow_id, workflowExecution!.runId)) {
        // one that was itself reset, and did not get as far as to recover, knows nothing; nor does one that a reset of an
        // earlier run ended before its first workflow task: it holds what the run before it left
        const state = await temporal
          .queryEnded<JobState | null>({ workflow_id, run_id }, 'state')
          .catch((error: unknown) => {
            if (String(error).includes('did not register a handler') || hasNotBegun(error)) return null;
            throw error;
          });
        if (state) return { state, isLatest: true };
      }
      throw new NoRun('no run before this one is known yet');
    } catch (error) {
      if (at_reset === null || attempt < ASK_TIMES || !isUnreadable(error)) throw error;
      return { state: at_reset, isLatest: false };
    }
  }
}

/** Tasks that may have run: of an older state also those of a plan that was approved since. */
function ranIn({ tasks, plan }: JobState, isLatest: boolean): string[] {
  if (isLatest) return Object.keys(tasks).filter((task_id) => tasks[task_id]!.status === 'running');
  const planned = plan?.tasks.map(({ task_id }) => task_id) ?? [];
  return [...new Set([...Object.keys(tasks), ...planned])];
}

class NoRun extends Error {}

/** Whether a run is gone, or can't be replayed; one that was not answered for in time may be yet. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof NoRun ||
  error instanceof WorkflowNotFoundError ||
  error instanceof QueryNotRegisteredError ||
  (error as { code?: number }).code === NOT_FOUND;

/** Whether a run that has ended did so before a worker began with it. */
const hasNotBegun = (error: unknown): boolean =>
  (error as { cause?: { code?: number } }).cause?.code === FAILED_PRECONDITION;

/** google.rpc.Code */
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

/** The end of a task that ran; null where it never came to one by itself. */
async function endOf(
  { temporal }: ActivityDeps,
  job_id: string,
  task_id: string,
): Promise<TaskSettlement | null> {
  const id = taskWorkflowId(job_id, task_id);
  await temporal.cancel(id);
  for (let waited = 0; waited < STOP_MS && (await temporal.isRunning(id)); waited += POLL_MS) {
    await Context.current().sleep(POLL_MS);
  }
  await temporal.terminate(id, 'its job was reset');
  const end = await temporal.resultOf<LeanSettlement>(id);
  return end && fullSettlement(end, { task_id, generation: 1 });
}
