import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { ProblemError } from '../../contracts/error.ts';
import { jobWorkflowId, PLANNED, WORKFLOW } from '../../contracts/names.ts';
import type { PlannedAnswer } from '../../workflows/types.ts';
import { type JobDescription, type NewJob, startJob, startOptions } from './jobs.ts';
import type { TemporalLink } from './link.ts';

/** What became of a start. */
export interface StartedJob {
  /** or what there was under its id */
  job: 'started' | JobDescription;
  /** null: it has not said so yet */
  planned: PlannedAnswer | null;
}

const START_MS = 10_000;

/**
 * Starts a job and has it say when it is planned, in one call, for at most `milliseconds`; else as {@link startJob}.
 * Workers of earlier versions, and servers without such calls, only start it.
 */
export async function startPlanned(
  link: TemporalLink,
  job: NewJob,
  milliseconds: number,
): Promise<StartedJob> {
  const end = Date.now() + milliseconds;
  // one of an earlier call would be answered as if this one had started the job
  const updateId = `${PLANNED}-${randomUUID()}`;
  const wait = Math.min(milliseconds, START_MS);
  const answer = wait > 0 ? await startWithUpdate(link, job, updateId, wait) : null;
  if (answer && answer !== 'there before') return { job: 'started', planned: answer };
  // whatever became of that: this tells whether the job is there, and why not
  const found = await startJob(link, job);
  const isOurs = answer === null && found !== 'started' && found.created_at === job.created_at;
  if (!isOurs) return { job: found, planned: null };
  const left = end - Date.now();
  return { job: 'started', planned: left > 0 ? await untilPlanned(link, job.job_id, updateId, left) : null };
}

async function startWithUpdate(
  link: TemporalLink,
  job: NewJob,
  updateId: string,
  milliseconds: number,
): Promise<PlannedAnswer | 'there before' | null> {
  const startWorkflowOperation = new WithStartWorkflowOperation(WORKFLOW.job, startOptions(job));
  try {
    return await link.within(milliseconds, () =>
      link.client.workflow.executeUpdateWithStart<Workflow, PlannedAnswer, []>(PLANNED, {
        updateId,
        args: [],
        startWorkflowOperation,
      }),
    );
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'there before';
    if (error instanceof ProblemError && error.problem.code === 'temporal_unreachable') throw error;
    return null;
  }
}

/** Waits for the answer to the update that the job was started with; null where there is none. */
async function untilPlanned(
  link: TemporalLink,
  job_id: string,
  updateId: string,
  milliseconds: number,
): Promise<PlannedAnswer | null> {
  const update = link.client.workflow
    .getHandle(jobWorkflowId(job_id))
    .getUpdateHandle<PlannedAnswer>(updateId);
  return await link.within(milliseconds, () => update.result()).catch(() => null);
}
