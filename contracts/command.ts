import { z } from 'zod';
import type { TaskOutput } from './artifact.ts';
import { MESSAGE_BYTES } from './message.ts';
import { Id, PlanChange, PlanInput } from './plan.ts';
import type { JobStatus } from './status.ts';

/**
 * Commands of a job: REST bodies, Temporal updates and signals alike, under the same names. The gateway
 * adds the fields of {@link CommandMeta}; an operator in the Temporal Web UI leaves them out.
 */
const meta = {
  request_id: z.string().max(200).optional(),
  body_hash: z.string().max(200).optional(),
  actor: z.string().max(200).optional(),
  no_commands: z.boolean().optional(),
};
/** Who sends a command, under which idempotency key (hashed), and whether they may not have commands run. */
export interface CommandMeta {
  request_id?: string;
  body_hash?: string;
  actor?: string;
  no_commands?: boolean;
}

const note = z.string().max(20_000);
const task = { task_id: Id };

/** Which tasks wait for a person before they start, besides those whose plan says so. */
const gates = {
  hold: z
    .enum(['none', 'risk', 'all'])
    .optional()
    .describe(
      'tasks that wait for a person: none, those of medium risk or more, or all; what the plan says takes precedence',
    ),
  checkpoints: z.array(Id).max(500).optional().describe('tasks that wait in any case'),
};

/** REST bodies, without the `task_id` that stands in the path. */
export const ApproveBody = z
  .strictObject({ plan_version: z.int().positive().optional(), note: note.optional(), ...gates })
  .meta({ id: 'ApproveBody' });
export const ReleaseBody = z.strictObject({ note: note.optional(), ...gates }).meta({ id: 'ReleaseBody' });
export const RejectBody = z.strictObject({ reason: note.optional() }).meta({ id: 'RejectBody' });
export const ReviseBody = z
  .strictObject({ feedback: z.string().trim().min(1, 'say what to change').max(50_000) })
  .meta({ id: 'ReviseBody' });
export const RetryBody = z
  .strictObject({
    modified_prompt: z
      .string()
      .trim()
      .min(1)
      .max(100_000)
      .optional()
      .describe("replaces the task's description"),
    agent: z.string().min(1).max(64).optional(),
  })
  .meta({ id: 'RetryBody' });
export const NoteBody = z.strictObject({ note: note.optional() }).meta({ id: 'NoteBody' });
export const CompleteBody = z
  .strictObject({
    output: z.string().max(1_000_000).default(''),
    outputs: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'CompleteBody' });
export const DecisionBody = z
  .strictObject({
    decision: z.enum(['approve', 'deny']),
    reason: note.optional(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    answer: note.optional(),
  })
  .meta({ id: 'DecisionBody' });
export const BudgetBody = z
  .strictObject({ add_usd: z.number().positive().max(1_000_000) })
  .meta({ id: 'BudgetBody' });

export const MessageBody = z
  .strictObject({
    to: z
      .string()
      .trim()
      .min(1, 'say who should read it')
      .max(64)
      .describe('a task_id, the name of an agent that works on one task only, or `all`'),
    content: z.string().trim().min(1, 'must not be empty').max(100_000),
  })
  .meta({ id: 'MessageBody' });

export type MessageBody = z.infer<typeof MessageBody>;

/** What `send_message` takes: of a long content the API stores the whole and sends the beginning. */
const message = MessageBody.extend({
  content: MessageBody.shape.content.refine(
    (content) => new TextEncoder().encode(content).length <= MESSAGE_BYTES,
    `is longer than ${MESSAGE_BYTES} bytes; send it over the API`,
  ),
  content_ref: z.string().max(64).optional(),
});

/** What `complete_task` takes: the API stores the output first and sends what fits into history. */
const completion = CompleteBody.extend({
  result: z.custom<TaskOutput>((value) => isTaskOutput(value)).optional(),
});

function isTaskOutput(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'preview' in value && 'bytes' in value;
}

/**
 * The argument of every command, by its name. A job's workflow judges by it, so it is versioned like workflow code: an
 * update that was accepted is followed on a replay even if it would be refused today, but a signal is checked again. What
 * gets tighter, or has another default, needs `patched()` for signals.
 */
export const COMMANDS = {
  approve: ApproveBody.extend(meta),
  reject: RejectBody.extend(meta),
  revise: ReviseBody.extend(meta),
  replace_plan: z.strictObject({ plan: PlanInput, version: z.int().positive().optional(), ...meta }),
  change_plan: PlanChange.extend({ version: z.int().positive().optional(), ...meta }),
  retry_task: RetryBody.extend({ ...task, ...meta }),
  skip_task: RejectBody.extend({ ...task, ...meta }),
  complete_task: completion.extend({ ...task, ...meta }),
  approve_task: NoteBody.extend({ ...task, ...meta }),
  reject_task: RejectBody.extend({ ...task, ...meta }),
  decide_approval: DecisionBody.extend({ approval_id: z.string().min(1).max(200), ...meta }),
  release_gates: ReleaseBody.extend(meta),
  pause: NoteBody.extend(meta),
  resume: NoteBody.extend(meta),
  cancel: RejectBody.extend(meta),
  finish: NoteBody.extend(meta),
  add_budget: BudgetBody.extend(meta),
  send_message: message.extend(meta),
} as const;
export type CommandName = keyof typeof COMMANDS;
export type CommandInput<N extends CommandName = CommandName> = z.input<(typeof COMMANDS)[N]>;
export type CommandArgs<N extends CommandName = CommandName> = z.output<(typeof COMMANDS)[N]>;

/** What every command answers, as seen right after it was applied. */
export const CommandAnswer = z
  .object({
    job_id: z.string(),
    status: z.string(),
    plan_version: z.int().optional(),
    task_id: z.string().optional(),
    retry_count: z.int().optional(),
    cancel_requested: z.boolean().optional(),
    message_id: z.string().optional(),
  })
  .meta({ id: 'CommandAnswer' });
export type CommandAnswer = z.infer<typeof CommandAnswer>;

/** A command that the state of the job does not allow: the type of the failure that an update is rejected with. */
export const COMMAND_REFUSED = 'CommandRefused';

/** A command that was answered, kept so that its repetition gets the same answer. */
export interface AnsweredRequest {
  request_id: string;
  body_hash: string;
  answer: CommandAnswer;
  /** how the job stood then, as of its event `seq`; left out in jobs of earlier versions */
  now?: { status: JobStatus; seq: number };
}
