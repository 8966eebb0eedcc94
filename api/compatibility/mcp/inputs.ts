import { z } from 'zod';
import { Id } from '../../../contracts/plan.ts';
import { repositoryFields } from '../../../contracts/repository/spec.ts';

/** How long `task_await` waits unless it is told: clients of MCP give up on an answer after 60 s. */
export const AWAIT_MS = 50_000;

const taskId = z.string().min(1).max(64);
const oneOrMore = {
  taskId: taskId.optional().describe('the task, as task_start gave it'),
  taskIds: z.array(taskId).min(1).max(50).optional().describe('several tasks at once, instead of taskId'),
};

const key = z.string().trim().min(1).max(200);

/** What an operation on the memory takes; which fields count depends on `op`. */
const Memory = z.strictObject({
  key: key.optional().describe('memory.put: the name to remember it under'),
  value: z.string().max(100_000).optional().describe('memory.put: what to remember'),
  fromKey: key.optional().describe('memory.link: from this key'),
  toKey: key.optional().describe('memory.link: to that key'),
  relation: key.default('relates_to').describe('memory.link: how the two belong together'),
  taskId: taskId.optional().describe('memory.done: the finished task'),
  scope: z
    .enum(['project', 'global'])
    .default('project')
    .describe('project: of this project only; global: of all your projects'),
});

const Attachment = z.strictObject({
  name: z.string().trim().min(1).max(255),
  content: z.string().max(200_000).describe('the text of it'),
});

/** `task_start` */
export const StartInput = z.strictObject({
  task: z
    .string()
    .trim()
    .min(1, 'say what is to be done')
    .max(100_000)
    .describe(
      'What is to be done, complete in itself: the worker sees none of your conversation. Say the goal, what is given, limits, and the form of the result.',
    ),
  kind: z
    .enum(['auto', 'worker', 'workflow', 'op'])
    .default('auto')
    .describe(
      'auto: planned into as many steps as it takes, unless workerId, workflowId or op say otherwise. worker: one worker does it. workflow: the steps of a named workflow. op: an operation on the memory, done at once.',
    ),
  workerId: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('who does it: an id of task_list {"view":"workers"}; default general'),
  model: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .describe('another model than its own: the name, or provider/name; see task_list {"view":"models"}'),
  workflowId: Id.optional().describe('of task_list {"view":"workflows"}; default build'),
  continueRunId: Id.optional().describe(
    'an earlier task whose request and result this one goes on from; its worker does it, unless you say who',
  ),
  op: z.enum(['memory.put', 'memory.link', 'memory.done']).optional(),
  memory: Memory.optional().describe('the arguments of op'),
  attachments: z
    .array(Attachment)
    .max(20)
    .optional()
    .describe('texts that the worker needs besides, 400,000 characters in all'),
  repository: repositoryFields.repository.describe(
    'the repository to work in: a path or URL that the service allows. Several workers may change it side by side; the result is a branch of it, or a pull request',
  ),
  baseBranch: repositoryFields.base_branch.describe(
    "the branch of the repository to start from; default: the repository's own",
  ),
  timeoutMs: z
    .int()
    .min(1000)
    .max(86_400_000)
    .default(600_000)
    .describe('the task fails when it is not done by then'),
});
export type StartInput = z.output<typeof StartInput>;

/** `task_await` */
export const AwaitInput = z.strictObject({
  ...oneOrMore,
  timeoutMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(AWAIT_MS)
    .describe('how long to wait for the end; the task goes on whatever happens to the waiting'),
});

/** `task_peek` */
export const PeekInput = z.strictObject({ taskId });

/** `task_cancel` */
export const CancelInput = z.strictObject({
  ...oneOrMore,
  reason: z.string().max(2000).optional().describe('is kept with the task'),
});

/** `task_list` */
export const ListInput = z.strictObject({
  view: z
    .enum(['tasks', 'workers', 'profiles', 'models', 'workflows', 'status', 'output'])
    .default('tasks')
    .describe(
      'tasks: yours, newest first. workers: who can be asked, and what they do now. profiles: what each can do and with what. models. workflows. status: counts and health. output: recent tasks and the log.',
    ),
  limit: z.int().min(1).max(200).default(20),
  after: z.string().max(400).optional().describe('view tasks: `next` of the page before'),
  format: z.enum(['markdown', 'json']).default('markdown'),
});
export type ListInput = z.output<typeof ListInput>;

/** `plan_tasks`, of the opt-in set */
export const PlanInput = z.strictObject({
  task: z
    .string()
    .trim()
    .min(1, 'say what is to be done')
    .max(100_000)
    .describe('what the plan is to reach, complete in itself'),
  maxSubtasks: z.int().min(1).max(10).default(5),
});

/** The ids that an input names: exactly one of `taskId` and `taskIds`. */
export const namedIds = (given: { taskId?: string; taskIds?: string[] }): string[] | null => {
  if ((given.taskId === undefined) === (given.taskIds === undefined)) return null;
  return [...new Set(given.taskIds ?? [given.taskId!])];
};
