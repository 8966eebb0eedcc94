import { z } from 'zod';
import type { OwnAgent } from './job-agent.ts';
import type { CriterionInput, PlanInput } from './plan.ts';
import { PROVIDER_NAMES } from './providers.ts';
import type { RepositorySpec } from './repository/spec.ts';
import type { Webhook } from './webhook.ts';

/** Providers of models that the service knows by name. */
export const ProviderName = z.enum(PROVIDER_NAMES).meta({ id: 'ProviderName' });
export type ProviderName = z.infer<typeof ProviderName>;

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
