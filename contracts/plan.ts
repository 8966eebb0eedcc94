import { z } from 'zod';
import { ID_PATTERN } from './names.ts';

/** An id of a job, task or criterion, as it comes from outside. */
export const Id = z
  .string()
  .regex(ID_PATTERN, 'use 1 to 64 of a-z 0-9 . _ - and begin with a letter or digit')
  .meta({ description: 'lower case letters, digits, dot, underscore, hyphen; 1 to 64 characters' });

const text = (max: number) => z.string().trim().min(1, 'must not be empty').max(max);

/** A condition that the result must meet; with a command, it is checked by running it (exit 0 = met). */
export const Criterion = z
  .strictObject({
    criterion_id: Id.describe('its id, by which tasks name it; one is made where it is left out'),
    text: text(2000).describe('what has to be true of the result'),
    command: z
      .union([z.string().min(1), z.array(z.string()).min(1)])
      .optional()
      .describe('a shell string or argv; exit 0 means met'),
  })
  .meta({ id: 'Criterion' });
export type Criterion = z.infer<typeof Criterion>;

/** A criterion as people write it: a line of text, or an object whose id may be left out. */
export const CriterionInput = z
  .union([text(2000), Criterion.partial({ criterion_id: true })])
  .meta({ id: 'CriterionInput' });
export type CriterionInput = z.infer<typeof CriterionInput>;

/** Environment of a command. A value may name a secret: `${secret:NAME}`. */
export const TaskEnv = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not a variable name'),
  z.string(),
);

export const Risk = z.enum(['low', 'medium', 'high', 'critical']).meta({ id: 'Risk' });
export type Risk = z.infer<typeof Risk>;

/** When a failed attempt is followed by another one, within `max_attempts`. */
export const RetryPolicy = z
  .strictObject({
    initial_seconds: z.number().min(0).max(86_400).default(1).describe('the wait before the second attempt'),
    factor: z
      .number()
      .min(1)
      .max(100)
      .default(2)
      .describe('by which each wait is longer than the one before'),
    max_seconds: z.number().min(0).max(86_400).default(60).describe('the longest wait'),
    jitter: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'the part of a wait that chance may take off, so that tasks that failed together do not come back together',
      ),
    on: z
      .array(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'not an error code'))
      .min(1)
      .max(50)
      .optional()
      .describe('codes of errors that are tried again, see error-codes.md; left out: all that may pass'),
  })
  .meta({ id: 'RetryPolicy' });
export type RetryPolicy = z.infer<typeof RetryPolicy>;

/** One node of the plan, done by one agent. */
export const Task = z
  .strictObject({
    task_id: Id.describe('its id in the plan, by which other tasks name it'),
    title: text(300).describe('what it is about, in one line'),
    description: z.string().max(100_000).default('').describe('what its agent is told to do'),
    agent: z
      .string()
      .min(1)
      .max(64)
      .nullable()
      .default(null)
      .describe(
        'who does it: an agent of the roster, by name; null: the best match of `capabilities`, and without those `general`',
      ),
    capabilities: z
      .array(text(64))
      .max(20)
      .default([])
      .describe('matched against the roster when no agent is named'),
    depends_on: z
      .array(Id)
      .max(500)
      .default([])
      .describe('task_ids that have to be done before it starts; it is given their outputs'),
    command: z
      .union([z.string().min(1).max(100_000), z.array(z.string().max(100_000)).min(1).max(1000)])
      .nullable()
      .default(null)
      .describe('for the agent `command`: a shell string or argv'),
    env: TaskEnv.default({}).describe(
      'variables of its command; a value may name a secret of the worker: ${secret:NAME}',
    ),
    cwd: z.string().min(1).max(4096).default('.').describe("relative to the job's folder, or absolute"),
    estimated_seconds: z
      .number()
      .positive()
      .max(2_592_000)
      .default(60)
      .describe('how long it may take; the longest way through the plan starts first'),
    timeout_seconds: z
      .number()
      .positive()
      .max(2_592_000)
      .default(600)
      .describe('of one attempt, working time only'),
    max_attempts: z.int().min(1).max(20).default(3).describe('how often it is tried until it has failed'),
    retry: RetryPolicy.optional().describe(
      'the waits between its attempts; left out: 1, 2, 4, ... up to 60 s',
    ),
    total_timeout_seconds: z
      .number()
      .positive()
      .max(31_536_000)
      .nullable()
      .default(null)
      .describe('of all attempts together; null: no limit'),
    approval: z.enum(['none', 'required']).default('none').describe('required: a person has to let it start'),
    approval_expires_seconds: z
      .number()
      .positive()
      .max(31_536_000)
      .nullable()
      .default(null)
      .describe('how long it waits for that; null: by `risk`, and for ever with low'),
    risk: Risk.default('low').describe(
      'what it can do wrong; whoever approves the plan can hold all above low',
    ),
    acceptance_criteria: z.array(Id).max(100).default([]).describe('criterion_ids that this task covers'),
    files: z
      .array(z.string().min(1).max(1024))
      .max(500)
      .default([])
      .describe(
        'files that it changes, or patterns of them; in a repository, tasks that share some take turns',
      ),
    budget_usd: z
      .number()
      .nonnegative()
      .max(1_000_000)
      .nullable()
      .default(null)
      .describe("the most that its models may cost, within the job's budget; null: no cap of its own"),
    model: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .describe('the model that it is done with; null: that of its agent, else of the job'),
  })
  .meta({ id: 'Task' });
export type Task = z.infer<typeof Task>;

/** Rough figures shown with a plan before it is approved. */
export const Forecast = z
  .object({
    cost_usd_low: z.number().nonnegative().describe('the least that models may cost'),
    cost_usd_high: z.number().nonnegative().describe('the most that they may cost'),
    seconds_critical_path: z.number().nonnegative().describe('estimates of the tasks on the longest way'),
    basis: z
      .string()
      .optional()
      .describe('how it was made: models and where their prices are from, and what was assumed'),
  })
  .meta({ id: 'Forecast' });
export type Forecast = z.infer<typeof Forecast>;

const IGNORED = 'of a plan that was read before; ignored';

/** A plan as a client gives or edits it. What the service computes may be sent back and is ignored. */
export const PlanInput = z
  .strictObject({
    tasks: z
      .array(Task)
      .min(1, 'a plan needs at least one task')
      .max(10_000)
      .describe('in any order; `depends_on` says what comes first'),
    rationale: z.string().max(20_000).optional().describe('why it is done like that, for who approves it'),
    objectives: z.array(text(2000)).max(100).optional().describe('what it is to achieve'),
    constraints: z
      .array(text(2000))
      .max(100)
      .optional()
      .describe('what limits it; left out: those of the job'),
    acceptance_criteria: z
      .array(CriterionInput)
      .max(100)
      .optional()
      .describe('what the result has to meet; left out: those of the job'),
    version: z.int().positive().optional().describe(IGNORED),
    source: z.string().optional().describe(IGNORED),
    warnings: z.array(z.string()).optional().describe(IGNORED),
    forecast: Forecast.optional().describe(IGNORED),
  })
  .meta({ id: 'PlanInput', description: 'the tasks, and what belongs to them; left out: it is planned' });
export type PlanInput = z.infer<typeof PlanInput>;

/** The fields of a task without their defaults: what is left out is not there. */
export const changedFields: Record<string, z.ZodType> = Object.fromEntries(
  Object.entries(Task.shape).map(([name, field]) => {
    const bare = (field instanceof z.ZodDefault ? field.unwrap() : field).optional();
    return [name, field.description === undefined ? bare : bare.describe(field.description)];
  }),
);

/** A task of the plan and what is to be different about it; the rest stays as it is. */
export type TaskChange = Partial<Task> & Pick<Task, 'task_id'>;
export const TaskChange = z
  .strictObject({ ...changedFields, task_id: Id })
  .meta({ id: 'TaskChange' }) as unknown as z.ZodType<TaskChange, TaskChange>;

/** Changes to a plan, of tasks that have not started. */
export const PlanChange = z
  .strictObject({
    add: z.array(Task).max(10_000).default([]).describe('new tasks'),
    change: z
      .array(TaskChange)
      .max(10_000)
      .default([])
      .describe('tasks of the plan, each with the fields that change'),
    drop: z.array(Id).max(10_000).default([]).describe('task_ids to drop'),
  })
  .meta({ id: 'PlanChange' });
export type PlanChange = z.infer<typeof PlanChange>;

/** The versioned DAG of tasks of a job. */
export const Plan = z
  .object({
    version: z.int().positive(),
    source: z
      .enum(['given', 'model', 'rules', 'edited', 'repair', 'boss'])
      .describe('boss: the task of the agent that leads, and what it delegated'),
    rationale: z.string(),
    warnings: z.array(z.string()),
    objectives: z.array(z.string()),
    constraints: z.array(z.string()),
    acceptance_criteria: z.array(Criterion),
    forecast: Forecast,
    tasks: z.array(Task),
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof Plan>;

/** An earlier version as a job keeps it: with its tasks, or with the hash of their JSON in the store. */
export type KeptPlan = Plan | (Omit<Plan, 'tasks'> & { tasks_ref: string });

/** How a forecast says that a model is left out of the cost. */
export const PRICE_UNKNOWN = 'price not known';

/**
 * The cost of a forecast in words. What is not known is not told as nothing.
 * @param usd an amount as it is shown
 */
export function modelCost(
  { cost_usd_low, cost_usd_high, basis = '' }: Forecast,
  usd: (amount: number) => string,
): string {
  const unknown = basis.includes(PRICE_UNKNOWN);
  if (cost_usd_high === 0) return unknown ? 'model cost not known' : 'no model cost';
  const rest = unknown ? ', without models whose price is not known' : '';
  return `${usd(cost_usd_low)} to ${usd(cost_usd_high)} for models${rest}`;
}
