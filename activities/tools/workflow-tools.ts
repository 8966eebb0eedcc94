import { z } from 'zod';
import { finishArtifacts } from './artifacts.ts';
import { bossTools } from './boss-tools.ts';
import type { ToolDeps } from './deps.ts';
import { PLAN_TASKS, SEND_MESSAGE } from './policy.ts';
import type { Tool } from './tool.ts';

/** What an agent says of how it is getting on. */
export const ReportProgressInput = z.strictObject({
  status: z
    .enum(['working', 'done', 'error', 'blocked'])
    .describe('done: a part is done, not the task; for that call finish'),
  message: z.string().min(1).max(4000).describe('one or two sentences for the people who watch'),
  output: z.string().max(20_000).optional().describe('what there is so far, where it helps to see it'),
  result: z.string().max(20_000).optional().describe('the same as output'),
});

/** What an agent asks a person. */
export const AskHumanInput = z.strictObject({
  question: z
    .string()
    .min(1)
    .max(20_000)
    .describe('all that is needed to answer it, and the choices you see'),
});

/** What an agent has planned and carried out by others. */
export const PlanTasksInput = z.strictObject({
  task: z
    .string()
    .trim()
    .min(1)
    .max(20_000)
    .describe('the complete task, for somebody who knows nothing else'),
  maxSubtasks: z.int().min(1).max(10).default(5),
});

/** What an agent writes to others of its job. */
export const SendMessageInput = z.strictObject({
  to: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .describe('a task, or the name of an agent that works on one only, or `all`'),
  message: z.string().trim().min(1).max(3000),
});

/** What an agent hands in. */
export const FinishInput = z.strictObject({
  result: z.string().min(1).describe('the complete result, as the next tasks will read it'),
  artifacts: z
    .array(z.string().min(1))
    .max(100)
    .default([])
    .describe('names of artifacts that you saved, or paths of files in your folder'),
});

/** Tools that act on the task itself: described here, carried out by its workflow, but for the files of a result. */
export const workflowTools = (deps: Pick<ToolDeps, 'store' | 'limits'>): readonly Tool[] => [
  ...bossTools,
  {
    name: 'report_progress',
    description: 'Tells the people who watch how the task is getting on. Does not end the task.',
    input: ReportProgressInput,
    risk: 'low',
    place: 'workflow',
  },
  {
    name: 'ask_human',
    description:
      'Asks a person and waits for the answer, which may take days. Only for what you cannot find out or decide.',
    input: AskHumanInput,
    risk: 'low',
    place: 'workflow',
  },
  {
    name: PLAN_TASKS,
    description:
      'Has a larger task planned and carried out by other agents, in parallel where possible, and waits for the result. It uses the budget of this job. In a repository they begin with what is in your folder, and what they change is in it afterwards. For work that splits into several parts; what you can do yourself is done sooner without it.',
    input: PlanTasksInput,
    risk: 'low',
    place: 'workflow',
  },
  {
    name: SEND_MESSAGE,
    description:
      'Writes to an agent that works on another task of this job, or to all. Returns at once: the other agent reads it on its next turn, and its answer reaches you on one of yours. Only for what the other agent needs to know, or what you need from it.',
    input: SendMessageInput,
    risk: 'low',
    place: 'workflow',
  },
  {
    name: 'finish',
    description: 'Hands in the result and ends the task. Call it once, alone, when everything is done.',
    input: FinishInput,
    risk: 'low',
    place: 'workflow',
    async run(input, context) {
      const { artifacts, problems } = await finishArtifacts(
        deps,
        FinishInput.parse(input).artifacts,
        context,
      );
      return { text: problems.join('\n'), artifacts, is_error: problems.length > 0 };
    },
  },
];
