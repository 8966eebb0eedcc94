import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { AwaitInput, CancelInput, ListInput, PeekInput, PlanInput, StartInput } from './inputs.ts';
import type { SessionInfo } from './session.ts';

/** The tools of a session: the default set, and what it asked for besides. */
export const toolsOf = ({ tools }: Pick<SessionInfo, 'tools'>): readonly Tool[] =>
  tools === 'plans' ? [...TOOLS, ...PLAN_TOOLS] : TOOLS;

/** The default set: five tools and no more. */
export const TOOLS: readonly Tool[] = [
  {
    name: 'task_start',
    title: 'Start a task',
    description:
      'Has somebody else do a task in the background, and answers at once with its taskId. Start several for work that can go on side by side, then call task_await with all of them. Not for what you can do yourself in a step or two.',
    inputSchema: schemaOf(StartInput),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  },
  {
    name: 'task_await',
    title: 'Wait for tasks',
    description:
      'Waits until a task, or several, have ended, and gives their results (responseText). Call it for every task that you started before you give your own answer. When the time is over first, it says how things stand and how to go on: call it again.',
    inputSchema: schemaOf(AwaitInput),
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: 'task_peek',
    title: 'Look at a task',
    description: 'How a task stands right now, without waiting. To get its result, use task_await.',
    inputSchema: schemaOf(PeekInput),
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: 'task_cancel',
    title: 'Stop tasks',
    description:
      'Stops a task, or several, for good: when it answers canceled, nothing of them runs any more.',
    inputSchema: schemaOf(CancelInput),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  },
  {
    name: 'task_list',
    title: 'List tasks, workers, models',
    description:
      'Your tasks, or what there is to start them with: workers, profiles, models, workflows; or status and output.',
    inputSchema: schemaOf(ListInput),
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
];

/** The opt-in set. */
const PLAN_TOOLS: readonly Tool[] = [
  {
    name: 'plan_tasks',
    title: 'Have a plan made and carried out',
    description:
      'Has a task cut into at most maxSubtasks parts, which agents carry out, those that do not need each other side by side; what came of them is put together in the end, also when some failed. Answers at once with its planId; task_await {"taskId":"the planId"} gives the result.',
    inputSchema: schemaOf(PlanInput),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  },
];

/** What a client tells its model of this server. */
export const INSTRUCTIONS =
  'Hands tasks to other agents, which work in the background and survive restarts. task_start begins one and answers at once; task_await gives its result. Start tasks that do not need each other together, then await them all. A task sees nothing of your conversation: write down all it needs.';

function schemaOf(input: z.ZodType): Tool['inputSchema'] {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input', reused: 'inline' });
  return schema as Tool['inputSchema'];
}
