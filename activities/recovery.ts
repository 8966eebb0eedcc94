import { Context } from '@temporalio/activity';
import type { TaskSettlement } from '../contracts/attempt.ts';
import { jobWorkflowId, taskWorkflowId } from '../contracts/names.ts';
import type { JobState } from '../core/job-state.ts';
import { partsOf } from '../core/parts.ts';
import type { Recovery } from '../core/recover.ts';
import type { ActivityDeps } from './deps.ts';
import { startHeartbeat } from './heartbeat.ts';
import type { Activities } from './types.ts';

/** How long a task of the run before may take to stop before it is terminated. */
const STOP_MS = 30_000;
const POLL_MS = 100;
/** How often the run before is asked before the job goes on from where it was reset to. */
const ASK_TIMES = 3;

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
        const state = await stateBefore(job_id, at_reset);
        const running = Object.values(state.tasks).filter(({ status }) => status === 'running');
        const ends = await Promise.all(running.map((task) => endOf(deps, job_id, task.task_id)));
        const settlements = ends.filter(
          (end): end is TaskSettlement =>
            end !== null &&
            end.outcome.status !== 'cancelled' &&
            end.generation === state.tasks[end.task_id]?.generation,
        );
        const lease_costs: Recovery['lease_costs'] = {};
        for (const { lease_id } of Object.values(state.budget.leases)) {
          lease_costs[lease_id] = (await store.closeLease(lease_id)).cost_usd;
        }
        const rows = await store.readLedger(job_id);
        const spent_usd = rows.reduce((sum, { cost_usd }) => sum + cost_usd, 0);
        const last_seq = (await store.lastSeq(job_id)) ?? 0;
        // it goes on, whatever was said of it
        if (state.phase !== 'closed') await store.unarchiveJob(job_id);
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

  async function stateBefore(job_id: string, at_reset: JobState | null): Promise<JobState> {
    const { workflowExecution, attempt } = Context.current().info;
    const workflow_id = jobWorkflowId(job_id);
    try {
      for (const run_id of await temporal.endedRuns(workflow_id, workflowExecution!.runId)) {
        // one that was itself reset, and did not get as far as to recover, knows nothing
        const state = await temporal
          .queryEnded<JobState | null>({ workflow_id, run_id }, 'state')
          .catch((error: unknown) => {
            if (String(error).includes('did not register a handler')) return null;
            throw error;
          });
        if (state) return state;
      }
      throw new Error('no run before this one is known yet');
    } catch (error) {
      if (attempt < ASK_TIMES || at_reset === null) throw error;
      return at_reset;
    }
  }
}

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
  return temporal.resultOf<TaskSettlement>(id);
}
