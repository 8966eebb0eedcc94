import { z } from 'zod';
import { JobAgent, MAX_JOB_AGENTS, type OwnAgent } from './job-agent.ts';
import { CriterionInput, PlanInput } from './plan.ts';
import { PROVIDER_NAMES } from './providers.ts';
import { type RepositorySpec, repositoryFields } from './repository/spec.ts';
import { type Webhook, WebhookInput } from './webhook.ts';

/** Providers of models that the service knows by name. */
export const ProviderName = z.enum(PROVIDER_NAMES).meta({ id: 'ProviderName' });
export type ProviderName = z.infer<typeof ProviderName>;

const text = (max: number) => z.string().trim().min(1, 'must not be empty').max(max);

/** Body of `POST /orchestrate/submit`. */
export const Submission = z
  .strictObject({
    title: text(300).describe('what it is about, in one line'),
    description: text(100_000).describe('what is to be done; without `plan`, the plan is made of it'),
    constraints: z.array(text(2000)).max(100).default([]).describe('what limits it, for planner and agents'),
    acceptance_criteria: z
      .array(CriterionInput)
      .max(100)
      .default([])
      .describe('what the result has to meet; each gets a verdict at the end'),
    max_workers: z.int().min(1).max(1000).default(5).describe('how many of its tasks may run at once'),
    budget_usd: z
      .number()
      .nonnegative()
      .max(1_000_000)
      .nullable()
      .optional()
      .describe('the most that its models may cost; null: no cap; default 10'),
    max_budget_usd: z
      .number()
      .nonnegative()
      .max(1_000_000)
      .nullable()
      .optional()
      .describe('the same as budget_usd'),
    provider: ProviderName.optional().describe('provider of its models; offline: none is called'),
    model: text(200).optional().describe('model of its planning, and of tasks and agents that name none'),
    llm_config: z
      .strictObject({
        provider: ProviderName.optional().describe('the same as provider'),
        model: text(200).optional().describe('the same as model'),
      })
      .optional()
      .describe('provider and model in another place'),
    strategy: z
      .enum(['plan', 'boss'])
      .default('plan')
      .describe(
        'plan: a plan is made, approved and carried out; boss: an agent leads, and delegates as it goes',
      ),
    boss_agent: text(64)
      .nullable()
      .optional()
      .describe(
        'with strategy boss: who leads; left out: the one of `agents` with that role, else the agent `boss`',
      ),
    agents: z
      .array(JobAgent)
      .max(MAX_JOB_AGENTS)
      .default([])
      .describe(
        'agents of this job. With strategy boss they are those that the boss can delegate to; without any, those of the roster are',
      ),
    plan: PlanInput.optional(),
    approval: z
      .enum(['required', 'auto', 'every_version'])
      .optional()
      .describe('of the plan; every_version: of repairs too; default required'),
    max_repair_rounds: z
      .int()
      .min(0)
      .max(5)
      .default(1)
      .describe('how often unmet acceptance criteria may add repair tasks to the plan'),
    auto_approve: z.boolean().optional().describe('true is the same as approval: auto'),
    on_task_failure: z
      .enum(['review', 'continue', 'fail'])
      .default('review')
      .describe(
        'when a task has failed for good. review: a person decides, once nothing else can go on; continue: what was done is the result; fail: the job fails at once',
      ),
    priority: z
      .enum(['low', 'medium', 'high', 'critical'])
      .default('medium')
      .describe('before or after other jobs, where workers are short'),
    ...repositoryFields,
    context: z.unknown().optional().describe('given to the planner and to every agent'),
    webhook: WebhookInput.optional().describe(
      'an address that events of the job are sent to, according to Standard Webhooks; see docs/webhooks.md',
    ),
  })
  .meta({ id: 'Submission' });
export type Submission = z.infer<typeof Submission>;

/** What a compatibility API keeps in a job that it started. */
export const JobOrigin = z
  .object({
    face: z.enum(['tasks', 'plans']).describe('tasks: the tools over MCP; plans: /v1/orchestrate'),
    kind: z.enum(['auto', 'worker', 'workflow']),
    worker: z.string().nullable().describe('the agent that was asked for by name'),
    workflow: z.string().nullable(),
    session: z.string().nullable().describe('of the client, as it named it'),
    continues: z.string().nullable().describe('the job whose work it goes on from'),
  })
  .meta({ id: 'JobOrigin' });
export type JobOrigin = z.infer<typeof JobOrigin>;

/** What a job that came through agent brokerage is to its client. */
export const Brokered = z
  .object({
    task_id: z.string().describe("the client's id of the job"),
    due_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Brokered' });
export type Brokered = z.infer<typeof Brokered>;

/** A submission after its aliases and defaults are settled: what a job carries. */
export interface JobSpec {
  title: string;
  description: string;
  constraints: string[];
  acceptance_criteria: z.infer<typeof CriterionInput>[];
  max_workers: number;
  /** null: no cap */
  budget_usd: number | null;
  provider: ProviderName | null;
  model: string | null;
  plan: PlanInput | null;
  approval: 'required' | 'auto' | 'every_version';
  /** how often unmet criteria may add repair tasks, over the whole job */
  max_repair_rounds: number;
  on_task_failure: 'review' | 'continue' | 'fail';
  priority: 'low' | 'medium' | 'high' | 'critical';
  context?: unknown;
  /** an agent leads; left out: a plan is made and carried out */
  strategy?: 'boss';
  /** who leads: an agent of the job or of the roster. Only with the strategy `boss` */
  boss_agent?: string;
  /** agents of the job, those that its boss created included; left out: none of its own */
  agents?: OwnAgent[];
  /** where its events are sent; left out: to the addresses of its owner only */
  webhook?: Webhook;
  /** false: nobody looks after it, so it never waits for a person; what would is refused or has failed */
  attended?: boolean;
  /** how many tasks planning may make of it; left out: as many as the config allows */
  max_tasks?: number;
  /** `steps`: planned in one go as a list of steps, each told of those that it depends on by their places in it */
  plan_form?: 'steps';
  /** time for planning, in seconds; over it the job fails. Left out: as long as it takes */
  planning_seconds?: number;
  /** time for each task that is planned, all attempts together, in seconds; left out: as planned */
  task_seconds?: number;
  /** whose budget and depth it has; left out: its own */
  delegated_by?: Delegation;
  /** of the whole job from its submission on, waiting included; the job fails then. Left out: none */
  timeout_seconds?: number;
  /** a job, and in it a task or `all`, whose agents are told of the end; left out: nobody is */
  report_to?: { job_id: string; to: string };
  /** `none`: the results of the tasks stand for themselves. Left out: a report is made of them */
  synthesis?: 'none';
  /** the most characters that a task is told of those before it; they are then told as {@link carryOf} has them */
  carry_chars?: number;
  /** how long one attempt of a task may take, whoever makes it; left out: no limit of the job */
  sla_seconds?: number;
  /** of a job that came through agent brokerage */
  brokered?: Brokered;
  /** the compatibility API it came through; left out: the REST API */
  origin?: JobOrigin;
  /** it works in a repository; left out: in folders of its own */
  repository?: RepositorySpec;
  /** no command runs in it until an admin approves or edits its plan, see core/agents/command-rights.ts */
  no_commands?: true;
}

/** The task that had a job started, and how many such tasks stand one above the other: 1 for the first. */
export interface Delegation {
  job_id: string;
  task_id: string;
  depth: number;
}
