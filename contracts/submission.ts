import { z } from 'zod';
import { JobAgent, MAX_JOB_AGENTS } from './job-agent.ts';
import { Parameters, ParameterValues } from './parameters.ts';
import { CriterionInput, changedFields, PlanInput } from './plan.ts';
import { repositoryFields } from './repository/spec.ts';
import { ProviderName } from './spec.ts';
import { WebhookInput } from './webhook.ts';

const text = (max: number) => z.string().trim().min(1, 'must not be empty').max(max);

/** Fields that tasks of a submission have in common. */
export const TaskDefaults = z
  .strictObject(
    Object.fromEntries(
      Object.entries(changedFields).filter(
        ([name]) => !['task_id', 'title', 'description', 'depends_on', 'command'].includes(name),
      ),
    ),
  )
  .meta({ id: 'TaskDefaults' });

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
    parameters: Parameters.optional().describe(
      'what has to be given when it is submitted; `{{ parameters.NAME }}` stands for the value wherever a text, number or list does',
    ),
    with: ParameterValues.optional().describe('the values of its parameters, by name'),
    defaults: TaskDefaults.optional().describe('fields of every task of `plan` that leaves them out'),
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
