import { z } from 'zod';
import { snapshotOf } from '../../../config/roster/snapshot.ts';
import { ProblemError } from '../../../contracts/error.ts';
import type { JobSpec } from '../../../contracts/spec.ts';
import { IN_STEPS } from '../../../core/submission/in-steps.ts';
import { checkSubmission } from '../../../core/submission/submission.ts';
import type { Sees } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { isLiveJob } from '../../jobs/live-job.ts';

const MAX_SUBTASKS = 10;
const TITLE_CHARS = 300;

/** Body of `POST /v1/orchestrate`; other fields are ignored. */
export const PlanRequest = z
  .object({
    taskDescription: z.string().trim().min(1, 'must not be empty').max(100_000),
    maxSubtasks: z.int().min(1).max(MAX_SUBTASKS).default(5),
    parentSessionId: z.string().trim().min(1).max(200).nullish(),
  })
  .meta({ id: 'ChatPlanRequest' });

/** The job that a plan is: it approves itself, waits for nobody, and goes on where a subtask failed. */
export async function planSpec(
  deps: ApiDeps,
  sees: Sees,
  request: z.output<typeof PlanRequest>,
): Promise<JobSpec> {
  const { taskDescription, maxSubtasks, parentSessionId } = request;
  const { config, roster } = deps.config;
  const checked = checkSubmission(
    {
      title: taskDescription.slice(0, TITLE_CHARS).toWellFormed(),
      description: taskDescription,
      max_workers: Math.min(maxSubtasks, config.limits.max_workers),
    },
    snapshotOf(config, roster, null),
  );
  if (!checked.ok) throw new ProblemError(checked.problem);
  const session = parentSessionId ?? null;
  const report_to = session === null ? undefined : await receiverOf(deps, sees, session);
  const none = { worker: null, workflow: null, continues: null };
  return {
    ...checked.spec,
    ...IN_STEPS,
    max_tasks: maxSubtasks,
    ...(report_to ? { report_to } : {}),
    origin: { face: 'plans', kind: 'auto', session, ...none },
  };
}

/** The agents of a job, or of one of its tasks (`job_id/task_id`), where the session is one that lives here. */
async function receiverOf(deps: ApiDeps, sees: Sees, session: string): Promise<JobSpec['report_to']> {
  const [job_id = '', to = 'all'] = session.split('/', 2);
  return (await isLiveJob(deps, sees, job_id)) ? { job_id, to } : undefined;
}
