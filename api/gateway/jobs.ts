import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { jobWorkflowId, MAIN_QUEUE, WORKFLOW } from '../../contracts/names.ts';
import type { JobSpec } from '../../contracts/spec.ts';
import { newJobMemo } from '../../core/state/job-memo.ts';
import type { JobInput } from '../../workflows/types.ts';
import type { TemporalLink } from './link.ts';

/** What a job is started with; `body_hash` is for repetitions under the same key. */
export type NewJob = Omit<JobInput, 'state' | 'spec'> & { spec: JobSpec };

/** What is known of a job without asking its workflow. */
export interface JobDescription {
  owner: string;
  body_hash: string;
  /** ISO-8601 UTC, as it was started with */
  created_at: string;
  /** false once its workflow has ended */
  open: boolean;
}

const START_MS = 10_000;
const DESCRIBE_MS = 5000;

/** Temporal's priorities: 1 is served first. */
const PRIORITY_KEY = { critical: 1, high: 2, medium: 3, low: 4 } as const;

/**
 * Starts a job; one that was ever started under this id is left as it is and described instead. Both are safe to
 * repeat. Throws a ProblemError when Temporal can't be reached.
 */
export async function startJob(link: TemporalLink, job: NewJob): Promise<'started' | JobDescription> {
  const { job_id } = job;
  try {
    return await link.within(START_MS, async () => {
      await link.client.workflow.start(WORKFLOW.job, startOptions(job));
      return 'started' as const;
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const existing = await describeJob(link, job_id);
  if (existing === undefined) throw new Error(`job ${job_id} was started and is not there`);
  return existing;
}

/** How the workflow of a job is started, once and for all under its id. */
export const startOptions = (job: NewJob) => ({
  workflowId: jobWorkflowId(job.job_id),
  taskQueue: MAIN_QUEUE,
  args: [job],
  workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
  workflowIdConflictPolicy: 'FAIL' as const,
  priority: { priorityKey: PRIORITY_KEY[job.spec.priority] },
  memo: newJobMemo(job),
  searchAttributes: { JobStatus: ['planning'], JobOwner: [job.owner] },
});

/** What Temporal knows of a job; undefined when it knows none of that id. */
export async function describeJob(link: TemporalLink, job_id: string): Promise<JobDescription | undefined> {
  try {
    const found = await link.within(DESCRIBE_MS, () =>
      link.client.workflow.getHandle(jobWorkflowId(job_id)).describe(),
    );
    const { owner, body_hash, created_at } = found.memo ?? {};
    // no job of ours
    if (typeof owner !== 'string') return undefined;
    return {
      owner,
      body_hash: String(body_hash),
      created_at: String(created_at),
      open: found.status.name === 'RUNNING',
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
