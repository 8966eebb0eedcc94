import { z } from 'zod';
import { type Artifact, LeftOutFile, type TaskOutput } from './artifact.ts';
import type { AnsweredRequest } from './command.ts';
import { MemberView } from './job-agent.ts';
import { orNull } from './nullable.ts';
import { Criterion, Id, type KeptPlan, Plan } from './plan.ts';
import { RepositoryView, TaskRepositoryView } from './repository/view.ts';
import type { JobChanges } from './repository/work.ts';
import { SandboxKind } from './sandbox.ts';
import { Brokered, JobOrigin } from './spec.ts';
import { JobStatus, TaskStatus } from './status.ts';

const time = z.iso.datetime().nullable();

/** What is wrong, as shown on a job or task. */
export const ShownError = z
  .object({ code: z.string(), message: z.string(), tail: z.string().optional() })
  .meta({ id: 'ShownError' });
export type ShownError = z.infer<typeof ShownError>;

/** A task as shown in the status of its job. */
export const TaskView = z
  .object({
    task_id: Id,
    title: z.string(),
    description: z.string().describe('the first 2,000 characters'),
    description_chars: z
      .int()
      .optional()
      .describe('of the whole description, where it is longer than that: the context of the task has it'),
    status: TaskStatus,
    reason: z.string().nullable(),
    agent: z.string().nullable(),
    place: z
      .object({ agent: z.string(), n: z.int() })
      .optional()
      .describe("the agent it was planned for, and its number among that agent's tasks; fixed"),
    depends_on: z.array(z.string()),
    attempt: z.int().nonnegative().describe('the latest attempt, from 1; 0 before the first'),
    retry_count: z.int().nonnegative().describe('retries that an operator asked for'),
    started_at: time,
    finished_at: time,
    last_heartbeat_at: time,
    worker: z.string().nullable(),
    sandbox: SandboxKind.optional().describe(
      'what guarded the programs of its latest attempt; left out: it ran none, or has not ended',
    ),
    output_preview: z.string().nullable(),
    outputs: z.record(z.string(), z.unknown()).nullable(),
    artifacts_left_out: z
      .array(LeftOutFile)
      .describe('files that its command left but that did not become artifacts, and why'),
    warnings: z
      .array(z.string())
      .optional()
      .describe('what looks wrong with its result, for instance JSON that does not parse'),
    error: orNull(ShownError),
    cost_usd: z.number().nonnegative(),
    parked_until: time,
    conversation: z
      .string()
      .nullable()
      .describe('hash of what its agent said last, where it works in turns; see its transcript'),
    repository: TaskRepositoryView.optional().describe('of a repository job, once the task has started'),
  })
  .meta({ id: 'TaskView' });
export type TaskView = z.infer<typeof TaskView>;

export const BudgetView = z
  .object({
    limit_usd: z.number().nullable(),
    spent_usd: z.number(),
    reserved_usd: z.number(),
    remaining_usd: z.number().nullable(),
    exceeded: z.boolean(),
  })
  .meta({ id: 'Budget' });
export type BudgetView = z.infer<typeof BudgetView>;

/** How many tasks are in each status. */
export const Stats = z
  .object({ total: z.int(), ...Object.fromEntries(TaskStatus.options.map((s) => [s, z.int()])) } as Record<
    'total' | z.infer<typeof TaskStatus>,
    z.ZodInt
  >)
  .meta({ id: 'Stats' });
export type Stats = z.infer<typeof Stats>;

/** A criterion with its verdict. `unverified` until somebody or something judged it. */
export const CriterionView = z
  .object({
    ...Criterion.shape,
    verdict: z.enum(['met', 'unmet', 'unverified']),
    evidence: z.string().nullable(),
    task_ids: z.array(z.string()),
  })
  .omit({ command: true })
  .meta({ id: 'CriterionVerdict' });
export type CriterionView = z.infer<typeof CriterionView>;

/** What the job's status was from a time on, and whether a gate of it waited then. */
export const StatusEntry = z
  .object({ status: JobStatus, gate_waits: z.boolean(), at: z.iso.datetime() })
  .meta({ id: 'StatusEntry' });
export type StatusEntry = z.infer<typeof StatusEntry>;

/** Answer of `GET /orchestrate/{job_id}/status`. */
export const JobView = z
  .object({
    job_id: z.string(),
    title: z.string(),
    owner: z.string(),
    status: JobStatus,
    cancel_requested: z.boolean(),
    error: orNull(ShownError),
    tasks: z.array(TaskView),
    workers: z.array(z.object({ worker: z.string(), task_id: z.string() })),
    budget: BudgetView,
    stats: Stats,
    plan_version: z.int().nullable(),
    critical_path: z.array(z.string()),
    file_conflicts: z.array(z.object({ file: z.string(), task_ids: z.array(z.string()) })),
    criteria: z.array(CriterionView),
    sandbox: SandboxKind.optional().describe(
      "what guards programs on the job's host, see docs/sandbox.md; left out: no host works on it yet",
    ),
    partial: z.boolean(),
    accepted_by: z.string().nullable(),
    synthesis: z.string().nullable(),
    synthesis_artifact_id: z.string().nullable(),
    warnings: z.array(z.string()),
    status_history: z
      .array(StatusEntry)
      .optional()
      .describe('its latest 500 status changes; left out in jobs of earlier versions'),
    last_seq: z
      .int()
      .optional()
      .describe('the latest event that this reflects; left out in jobs of earlier versions'),
    created_at: z.iso.datetime(),
    finished_at: time,
    temporal: z.object({ workflow_id: z.string(), ui_url: z.string().nullable() }),
    origin: JobOrigin.optional().describe('left out: it came through this API'),
    strategy: z.literal('boss').optional().describe('an agent leads it; left out: it follows its plan'),
    agents: z.array(MemberView).optional().describe('of a job that an agent leads: who belongs to it'),
    brokered: Brokered.optional().describe('of a job that came through POST /orchestrate'),
    repository: RepositoryView.optional().describe('of a job that works in a repository'),
  })
  .meta({ id: 'Job' });
export type JobView = z.infer<typeof JobView>;

/** What was asked for, and what the tasks made of it, by task_id. */
export interface JobResults {
  description: string;
  outputs: Record<string, TaskOutput>;
}

/** A closed job as the archive keeps it; its own workflow gives versions as {@link KeptPlan}. */
export interface ClosedJob<P extends KeptPlan = Plan> {
  view: JobView;
  /** the latest versions, oldest first */
  plans: P[];
  /** hash of the body it was submitted with */
  body_hash: string;
  artifacts: Artifact[];
  /** the text as submitted, and the whole output of each task that gave one */
  results?: JobResults;
  /** the latest commands that were answered */
  requests: AnsweredRequest[];
  /** of a repository job */
  changes?: JobChanges;
}

/** Who belongs to a job that an agent leads, by their names. */
export const TeamView = z
  .object({ boss_agent: z.string(), workers: z.array(z.string()) })
  .meta({ id: 'Team' });
export type TeamView = z.infer<typeof TeamView>;

/** One line of the list of jobs. */
export const JobListItem = z
  .object({
    job_id: z.string(),
    title: z.string(),
    status: JobStatus,
    owner: z.string(),
    created_at: z.iso.datetime(),
    finished_at: time,
    stats: Stats,
    budget: BudgetView,
    origin: JobOrigin.optional(),
    strategy: z.literal('boss').optional().describe('an agent leads it; left out: it follows its plan'),
    team: TeamView.optional().describe('of a job that an agent leads, once it is known'),
    partial: z
      .boolean()
      .optional()
      .describe('it ended without some of what was asked for; left out: it is complete'),
    reason: z
      .string()
      .nullable()
      .optional()
      .describe('why it failed, or is in review, at most 2,000 characters; left out or null: neither'),
    active_seconds: z
      .number()
      .optional()
      .describe(
        'of a closed job: how long it took, not counting the time spent waiting for people; left out: not known',
      ),
  })
  .meta({ id: 'JobListItem' });
export type JobListItem = z.infer<typeof JobListItem>;

/** A command that a person can give about what went wrong. */
export const ReviewAction = z
  .enum(['retry', 'skip', 'finish', 'cancel', 'add_budget'])
  .meta({ id: 'ReviewAction' });
export type ReviewAction = z.infer<typeof ReviewAction>;

/** Something that waits for a person. */
export const ApprovalView = z
  .object({
    approval_id: z.string(),
    job_id: z.string(),
    kind: z
      .enum([
        'plan',
        'gate',
        'tool_call',
        'question',
        'human_task',
        'conflict',
        'review',
        'budget',
        'provider',
      ])
      .describe(
        '`review`: something failed or is stuck; `budget`: out of money; `provider`: a model gives no answers. These three are not approved or denied: a command of `actions` settles them. `conflict`: work that does not merge, approved with the answer `retry`, `skip`, `use_agent` (with `arguments.agent`) or `resolved`',
      ),
    task_id: z.string().nullable(),
    prompt: z.string(),
    arguments: z.record(z.string(), z.unknown()).nullable(),
    requested_at: z.iso.datetime(),
    expires_at: time,
    actions: z
      .array(ReviewAction)
      .optional()
      .describe(
        'of a review: the commands that can be given, the likeliest first; left out: approve or deny',
      ),
  })
  .meta({ id: 'Approval' });
export type ApprovalView = z.infer<typeof ApprovalView>;

/** Answer of `POST /orchestrate/submit`. */
export const SubmitAnswer = z
  .object({
    job_id: z.string(),
    status: JobStatus,
    plan: orNull(Plan),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'SubmitAnswer' });
export type SubmitAnswer = z.infer<typeof SubmitAnswer>;
