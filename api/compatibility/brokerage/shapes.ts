import { z } from 'zod';
import { WebhookInput } from '../../../contracts/webhook.ts';
import { Failure } from '../../agents/failure.ts';

const text = (max: number) => z.string().trim().min(1, 'must not be empty').max(max);

const ONE_LINE = 'use 1 to 200 characters of one line';

/** The client's id of a job: any text of one line. */
export const ClientTaskId = z
  .string()
  .min(1, ONE_LINE)
  .max(200, ONE_LINE)
  .refine((id) => !/\p{Cc}/u.test(id), ONE_LINE)
  .meta({ description: "the client's id of the job; of one that was begun elsewhere its job_id" });

const DueDate = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a date or a time, such as 2026-12-24')
  .describe('a date means the end of that UTC day');

const BrokeredRepository = z
  .looseObject({
    url: z.string().min(1).max(2000).describe('a path or URL, as `repository` of a submission'),
    base_branch: z.string().min(1).max(250).optional(),
  })
  .meta({ id: 'BrokeredRepository' });

/** Body of `POST /orchestrate`. What is not known is passed over. */
export const Request = z
  .object({
    task_id: ClientTaskId,
    title: text(300),
    description: text(100_000),
    priority: z.enum(['low', 'medium', 'high', 'critical']).default('medium'),
    metadata: z
      .looseObject({
        repository: z
          .union([z.string().max(2000), BrokeredRepository])
          .optional()
          .describe(
            'given to the agents; with `repositories.from_metadata: allow` the repository that the job works in',
          ),
        requester: z.string().max(2000).optional(),
        due_date: DueDate.optional(),
        context: z.unknown().optional(),
        sla_seconds: z.number().positive().max(2_592_000).optional().describe('of one attempt of a task'),
        webhook: WebhookInput.optional().describe('an address that events of the job are sent to'),
      })
      .default({})
      .describe('given to the planner and to every agent'),
  })
  .meta({ id: 'BrokerageRequest' });
export type Request = z.infer<typeof Request>;

/** Body of `POST /execute/{task_id}`. */
export const Execution = z
  .object({
    execution_mode: z
      .enum(['auto', 'manual'])
      .optional()
      .describe(
        'auto: the plan and its risks are approved; manual: every task waits. Default: auto, or the mode given before',
      ),
    checkpoints: z
      .array(z.string().max(400))
      .max(500)
      .optional()
      .describe('subtask_ids that wait in any case'),
  })
  .meta({ id: 'Execution' });
export type Execution = z.infer<typeof Execution>;

const Word = z.enum(['planned', 'running', 'blocked', 'completed', 'failed']);

const Subtask = z
  .object({
    subtask_id: z.string().describe('<agent>::<task_id>::<n>, fixed when it is planned'),
    title: z.string(),
    agent: z.string(),
    state: z.enum(['pending', 'running', 'blocked', 'completed', 'failed']),
    reason: z.string().nullable().describe('why it is blocked or failed'),
    outputs: z.record(z.string(), z.unknown()).nullable(),
    dependencies: z.array(z.string()).describe('subtask_ids'),
    started_at: z.iso.datetime().nullable(),
    finished_at: z.iso.datetime().nullable(),
    last_heartbeat_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Subtask' });
export type Subtask = z.infer<typeof Subtask>;

/** Answer of `GET /tasks/{task_id}`. */
export const Status = z
  .object({
    task_id: z.string(),
    job_id: z.string().describe('of the other routes'),
    status: Word,
    paused: z.boolean(),
    needs_review: z.boolean(),
    reason: z.string().nullable(),
    subtasks: z.array(Subtask),
    dependencies: z.record(z.string(), z.array(z.string())).describe('by subtask_id'),
    artifacts: z.array(
      z.object({
        artifact_id: z.string(),
        name: z.string(),
        media_type: z.string(),
        size_bytes: z.int(),
        sha256: z.string(),
        subtask_id: z.string().nullable(),
      }),
    ),
    status_history: z.array(z.object({ status: Word, at: z.iso.datetime() })),
    metrics: z.object({
      elapsed_seconds: z.number(),
      on_time: z.boolean().nullable().describe('null: there is no due_date'),
    }),
  })
  .meta({ id: 'BrokerageStatus' });
export type Status = z.infer<typeof Status>;

/** Answer of `POST /orchestrate`. */
export const Planned = z
  .object({
    task_id: z.string(),
    job_id: z.string(),
    status: Word,
    reason: z.string().nullable().describe('why it has failed, or needs a person'),
    subtasks: z.array(Subtask),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'BrokeragePlanned' });

/** Answer of `POST /execute/{task_id}`. */
export const Executed = z.object({ task_id: z.string(), status: Word }).meta({ id: 'BrokerageExecuted' });

/** A 503 of `POST /execute/{task_id}`: where a task has no agent, with the status beside it. */
export const FailureWithStatus = z
  .union([Failure, z.object({ ...Failure.shape, ...Status.shape }).meta({ id: 'BrokerageErrorWithStatus' })])
  .meta({ id: 'BrokerageUnavailable' });
