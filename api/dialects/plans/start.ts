import { z } from 'zod';
import { snapshotOf } from '../../../config/snapshot.ts';
import { ProblemError } from '../../../contracts/error.ts';
import type { JobSpec } from '../../../contracts/spec.ts';
import { IN_STEPS } from '../../../core/steps.ts';
import { checkSubmission } from '../../../core/submission.ts';
import type { ApiDeps } from '../../deps.ts';

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
      max_workers: Math.min(maxSubtasks, config.limits.max_workers),
    },
    snapshotOf(config, roster, null),
  );
  if (!checked.ok) throw new ProblemError(checked.problem);
  const none = { worker: null, workflow: null, continues: null };
  return {
    ...checked.spec,
    ...IN_STEPS,
    max_tasks: maxSubtasks,
    origin: { face: 'plans', kind: 'auto', session: parentSessionId ?? null, ...none },
  };
}
