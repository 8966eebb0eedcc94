import { allHandlersFinished, condition, makeContinueAsNewFunc, workflowInfo } from '@temporalio/workflow';
import { taskWorkflowId } from '../../contracts/names.ts';
import { short } from '../activities.ts';
import { type Children, running } from './children.ts';
import type { Job } from './context.ts';
import type { jobWorkflow } from './job.ts';
import { type keepFlushing, trim } from './journal.ts';

/**
 * Continues as new when the history is long: running tasks report by signal from then on, nothing that is on its
 * way is lost, and the state goes along. Does not return in that case.
 */
export async function continueIfLong(
  job: Job,
  children: Children,
  journal: ReturnType<typeof keepFlushing>,
): Promise<void> {
  if (workflowInfo().historyLength < job.settings.continue_after_events) return;
  await condition(() => job.in_flight === 0);
  children.adopt();
  const quiet = () =>
    job.in_flight === 0 && running(job).every((task) => task.adopted) && allHandlersFinished();
  await condition(quiet);
  await journal.finish();
  await condition(quiet);
  trim(job.state.journal.events, journal.flushed(), 0);
  const { state, settings } = job;
  // Temporal would drop what was upserted
  const again = makeContinueAsNewFunc<typeof jobWorkflow>({ memo: workflowInfo().memo });
  await again({
    job_id: state.job_id,
    owner: state.owner,
    body_hash: state.body_hash,
    created_at: state.created_at,
    spec: null,
    settings,
    state,
  });
}

/** Whether tasks run whose end this run of the workflow can only learn by signal. */
export const adoptedNeedCheck = (job: Job): boolean => running(job).some((task) => task.adopted);

/** Takes the end of adopted tasks that were terminated from outside, and so could not report, into the state. */
export async function checkAdopted(job: Job, children: Children): Promise<void> {
  const adopted = running(job).filter((task) => task.adopted);
  const ids = new Map(adopted.map((task) => [taskWorkflowId(job.state.job_id, task.task_id), task]));
  const found = await short.describeTasks({ workflow_ids: [...ids.keys()] });
  for (const [workflowId, task] of ids) {
    if (found[workflowId] !== 'closed') continue;
    children.settled({
      task_id: task.task_id,
      generation: task.generation,
      attempt: task.attempt,
      agent: task.agent,
      worker: null,
      outcome: {
        status: 'failed',
        error: {
          code: 'worker_lost',
          message: "the task's workflow ended without a result",
          retryable: true,
        },
        artifacts: [],
      },
    });
  }
}
