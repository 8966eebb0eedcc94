import {
  allHandlersFinished,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import { taskWorkflowId } from '../../contracts/names.ts';
import type { JobState } from '../../core/state/job-state.ts';
import { WHOLE_CHARS } from '../../core/state/parts.ts';
import { recoverJob, short } from '../activities.ts';
import { untilReset } from '../reset.ts';
import type { JobInput, JobWorkflow } from '../types.ts';
import { type Children, running } from './children.ts';
import type { Job } from './context.ts';
import { type keepFlushing, trim } from './journal.ts';
import { BY_REFERENCE, storeInParts, storeOldPlans } from './parts.ts';
import type { Merges } from './repository/merges.ts';

/*
 * What holds when a job goes on in a new run:
 * 1. Nothing is on its way: no start of a child, no signal, no handler, no write of the journal. What the job learns is
 *    either in the state that it carries, or comes to the new run.
 * 2. Every running task reports its end by signal from then on, and has said so (`adopted`): an end as a child's result
 *    would be lost with this run.
 * 3. The journal is in the database up to the last event that was said.
 * 4. The state is taken as it stands when the last await has ended: `job.version` is the same before and after storing.
 * 5. Waiting for 1 and 2 has an end: cancel, and a job that is to end, go first, and the job tries again later.
 */

/** How long nothing new is begun while the job waits for what is on its way, and how long it then goes on as usual. */
const DRAIN_MS = 5_000;
const RETRY_MS = 10_000;

/**
 * Continues as new when the history is long: running tasks report by signal from then on, nothing that is on its
 * way is lost, and the state goes along. Does not return in that case. What is on its way for long is not waited for:
 * the job goes on, and tries again at `job.drain_at`. A merge under way is waited for longer, and then begun anew by the
 * next run.
 */
export async function continueIfLong(
  job: Job,
  children: Children,
  journal: ReturnType<typeof keepFlushing>,
  merges: Merges | null = null,
): Promise<void> {
  if (!isLong(job) || Date.now() < job.drain_at) return;
  if (merges?.busy()) {
    // a check may take long, and is lost with this run
    if (workflowInfo().historyLength < 2 * job.settings.continue_after_events) {
      job.drain_at = Date.now() + RETRY_MS;
      return;
    }
    await merges.stop();
  }
  job.continuing = true;
  const quiet = () =>
    job.in_flight === 0 && running(job).every((task) => task.adopted) && allHandlersFinished();
  if (patched('drain-bounded')) {
    job.continuing = await drain(job, children, journal, quiet);
    if (!job.continuing) return;
  } else {
    await condition(() => job.in_flight === 0);
    children.adopt();
    await condition(quiet);
  }
  await journal.finish();
  await condition(quiet);
  trim(job.state.journal.events, journal.flushed(), 0);
  let refs: string[] | null = null;
  for (let stored = -1; stored !== job.version; ) {
    stored = job.version;
    await storeOldPlans(job.state);
    refs = await stateRefs(job.state);
    await condition(quiet);
  }
  const { state, settings } = job;
  await continueWith(state, { settings, ...(refs ? { state_refs: refs } : { state }) });
}

/** Whether all that is on its way arrived soon; a job that is to end has better things to do than to wait for it. */
async function drain(
  job: Job,
  children: Children,
  journal: ReturnType<typeof keepFlushing>,
  quiet: () => boolean,
): Promise<boolean> {
  const { state } = job;
  const { ending } = state;
  const within = async (isThere: () => boolean): Promise<boolean> => {
    await condition(() => isThere() || state.ending !== ending, DRAIN_MS);
    return isThere();
  };
  const isWritten = () => journal.flushed() === state.journal.next_seq - 1;
  if (await within(() => job.in_flight === 0)) {
    children.adopt();
    journal.hurry();
    if (await within(() => quiet() && isWritten())) return true;
  }
  if (state.ending === ending) job.drain_at = Date.now() + RETRY_MS;
  return false;
}

/** The same while the plan waits for its approval: every edit of it stays in the history. */
export async function continueIfLongUnapproved(...given: Parameters<typeof continueIfLong>): Promise<void> {
  // jobs of earlier versions stay in one run until they are approved, and replay so
  if (isLong(given[0]) && patched('continue-unapproved')) await continueIfLong(...given);
}

/**
 * Characters of what commands and tasks brought after which the job continues as new: a worker that reads its history
 * anew fetches all of it.
 */
const CONTINUE_AFTER_TAKEN = 8_000_000;
/** Bytes of history after which the job continues as new, whatever the number of its events: Temporal takes 50 MB. */
const CONTINUE_AFTER_BYTES = 10_000_000;
/** The least that a run takes up besides the state that it began with, however large that is. */
const MIN_BYTES = 5_000_000;

function isLong({ settings, opened_bytes, taken_chars }: Job): boolean {
  const { historyLength, historySize } = workflowInfo();
  if (historyLength >= settings.continue_after_events) return true;
  const most = Math.max(CONTINUE_AFTER_BYTES, opened_bytes + MIN_BYTES);
  if (historySize >= most && patched('continue-by-size')) return true;
  return taken_chars >= CONTINUE_AFTER_TAKEN && patched('continue-by-taken');
}

/** The state of a job of an earlier version by the hashes of its parts; null: it travels whole, see store/content/payload-storage.ts. */
async function stateRefs(state: JobState): Promise<string[] | null> {
  const json = JSON.stringify(state);
  if (json.length <= WHOLE_CHARS || patched(BY_REFERENCE) || !patched('state-in-parts')) return null;
  return storeInParts(state.job_id, json);
}

/** Goes on in a new run. Does not return. */
async function continueWith(
  { job_id, owner, body_hash, created_at }: Pick<JobInput, 'job_id' | 'owner' | 'body_hash' | 'created_at'>,
  carried: Pick<JobInput, 'settings' | 'state' | 'state_refs' | 'recovery_refs'>,
): Promise<void> {
  // Temporal would drop what was upserted
  const again = makeContinueAsNewFunc<JobWorkflow>({ memo: workflowInfo().memo });
  await again({ job_id, owner, body_hash, created_at, spec: null, ...carried });
}

/**
 * Ends a run that was reset as soon as that shows, and goes on in a new one from where the run before was. Throws what
 * continues as new; does not return.
 * @param jobOf the job as of where it was reset to; null while it had not read its state
 */
export async function recoverAfterReset(input: JobInput, jobOf: () => Job | null): Promise<never> {
  await untilReset();
  const job = jobOf();
  await CancellationScope.nonCancellable(async () => {
    const { recovery_refs } = await recoverJob({ job_id: input.job_id, state: job?.state ?? null });
    const settings = job?.settings ?? input.settings;
    await continueWith(input, { ...(settings ? { settings } : {}), recovery_refs });
  });
  throw new Error('a run that was reset went on');
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
