import { z } from 'zod';
import { Id } from '../../../contracts/plan.ts';
import type { JobListItem, JobView, TaskView } from '../../../contracts/view.ts';
import { PlanStatus, planStatus, SubtaskStatus, subtaskStatus } from './words.ts';

const time = z.iso.datetime().nullable();

/** A plan in a list. */
export const PlanItem = z
  .object({
    id: Id,
    status: PlanStatus,
    taskDescription: z.string().describe('in lists its beginning, at most 300 characters'),
    parentSessionId: z.string().nullable(),
    reason: z.string().optional().describe('why it failed'),
    createdAt: z.iso.datetime(),
    completedAt: time,
  })
  .meta({ id: 'ChatPlanItem' });

/** A plan with its subtasks. */
export const PlanAnswer = z
  .object({
    plan: PlanItem.extend({
      result: z.string().optional().describe('the synthesis, once it is there'),
    }).meta({ id: 'ChatPlan' }),
    subtasks: z.array(
      z
        .object({
          index: z.int(),
          status: SubtaskStatus,
          description: z.string(),
          agent: z.string().nullable(),
          dependencies: z.array(z.int()).describe('indexes of the subtasks whose results it is given'),
          result: z.string().optional(),
          reason: z.string().optional().describe('why it failed'),
          startedAt: time,
          completedAt: time,
        })
        .meta({ id: 'ChatSubtask' }),
    ),
  })
  .meta({ id: 'ChatPlanAnswer' });

/** What a view does not hold: the request, the report and the results of tasks, whole. */
export interface PlanTexts {
  description: string;
  result: string | undefined;
  outputs: ReadonlyMap<string, string>;
}

/** A job as a plan. */
export function toPlan(view: JobView, texts: PlanTexts): z.output<typeof PlanAnswer> {
  const indexes = new Map(view.tasks.map(({ task_id }, index) => [task_id, index]));
  return {
    plan: {
      ...toPlanItem(view),
      taskDescription: texts.description,
      ...reasonOf(view.status, view.error?.message),
      ...(texts.result === undefined ? {} : { result: texts.result }),
    },
    subtasks: view.tasks.map((task, index) => ({
      index,
      status: subtaskStatus(task.status),
      description: task.description || task.title,
      agent: task.agent,
      dependencies: task.depends_on.flatMap((id) => indexes.get(id) ?? []),
      ...resultOf(task, texts),
      ...failureOf(task),
      startedAt: task.started_at,
      completedAt: task.finished_at,
    })),
  };
}

/** A job of a list as a plan of a list. */
export function toPlanItem(job: JobListItem | JobView): z.output<typeof PlanItem> {
  return {
    id: job.job_id,
    status: planStatus(job.status),
    taskDescription: job.title,
    parentSessionId: job.origin?.session ?? null,
    ...reasonOf(job.status, 'reason' in job ? job.reason : undefined),
    createdAt: job.created_at,
    completedAt: job.finished_at,
  };
}

const reasonOf = (status: JobView['status'], why?: string | null): { reason?: string } =>
  planStatus(status) === 'failed' ? { reason: why ?? status } : {};

function resultOf({ task_id }: TaskView, { outputs }: PlanTexts): { result?: string } {
  const result = outputs.get(task_id);
  return result === undefined ? {} : { result };
}

function failureOf({ status, error, reason }: TaskView): { reason?: string } {
  if (subtaskStatus(status) !== 'failed') return {};
  return { reason: error?.message ?? reason ?? status };
}
