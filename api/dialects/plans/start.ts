import { z } from 'zod';
import { snapshotOf } from '../../../config/snapshot.ts';
import { ProblemError } from '../../../contracts/error.ts';
import type { JobSpec } from '../../../contracts/spec.ts';
import { checkSubmission } from '../../../core/submission.ts';
import type { ApiDeps } from '../../deps.ts';

/** Limits of this face. */
const PLANNING_SECONDS = 180;
const SUBTASK_SECONDS = 600;
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
export function planSpec(deps: ApiDeps, request: z.output<typeof PlanRequest>): JobSpec {
  const { taskDescription, maxSubtasks, parentSessionId } = request;
  const { config, roster } = deps.config;
  const checked = checkSubmission(
    {
      title: taskDescription.slice(0, TITLE_CHARS).toWellFormed(),
      description: taskDescription,
      approval: 'auto',
      on_task_failure: 'continue',
      max_repair_rounds: 0,
      max_workers: Math.min(maxSubtasks, config.limits.max_workers),
    },
    snapshotOf(config, roster, null),
  );
  if (!checked.ok) throw new ProblemError(checked.problem);
  const none = { worker: null, workflow: null, continues: null };
  return {
    ...checked.spec,
    attended: false,
    plan_form: 'steps',
    max_tasks: maxSubtasks,
    planning_seconds: PLANNING_SECONDS,
    task_seconds: SUBTASK_SECONDS,
    origin: { face: 'plans', kind: 'auto', session: parentSessionId ?? null, ...none },
  };
}
