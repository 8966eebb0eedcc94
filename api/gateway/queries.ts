import type { Artifact } from '../../contracts/artifact.ts';
import type { AskedCall } from '../../contracts/ask.ts';
import { jobWorkflowId, taskWorkflowId } from '../../contracts/names.ts';
import type { JobChanges } from '../../contracts/repository/work.ts';
import type { ApprovalView, JobResults, JobView } from '../../contracts/view.ts';
import type { EventsPage, PlanAnswer, TaskInputAnswer } from '../../workflows/types.ts';
import { ask, QUERY_MS } from './ask.ts';
import type { TemporalLink } from './link.ts';

/** What a job's workflow can be asked: the argument and the answer, by the query's name. */
export interface JobQueries {
  status: { args: []; answer: JobView };
  plan: { args: [{ version?: number }]; answer: PlanAnswer };
  events: { args: [{ after: number; limit: number }]; answer: EventsPage };
  approvals: { args: []; answer: ApprovalView[] };
  asked_call: { args: [{ approval_id: string }]; answer: AskedCall | null };
  artifacts: { args: []; answer: Artifact[] };
  results: { args: []; answer: JobResults };
  changes: { args: []; answer: JobChanges | null };
  task_input: { args: [{ task_id: string }]; answer: TaskInputAnswer | null };
}

/** What the agent of a running task said so far: the hash of its conversation. Throws like {@link queryJob}. */
export async function queryConversation(
  link: TemporalLink,
  job_id: string,
  task_id: string,
): Promise<string | null> {
  const handle = link.client.workflow.getHandle(taskWorkflowId(job_id, task_id));
  return await link.within(QUERY_MS, () => ask<string | null>(handle, 'conversation'));
}

/**
 * Asks a job's workflow, open or closed. Throws WorkflowNotFoundError when Temporal has no such job, and a
 * ProblemError (`no_worker`, `temporal_unreachable`) when nobody answers in time.
 */
export async function queryJob<N extends keyof JobQueries>(
  link: TemporalLink,
  job_id: string,
  name: N,
  args: JobQueries[N]['args'],
): Promise<JobQueries[N]['answer']> {
  const handle = link.client.workflow.getHandle(jobWorkflowId(job_id));
  return await link.within(QUERY_MS, () => ask<JobQueries[N]['answer']>(handle, name, args));
}
