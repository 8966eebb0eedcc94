import { z } from 'zod';
import { Specialty } from '../../contracts/job-agent.ts';
import type { Tool } from './tool.ts';

const name = z.string().trim().min(1).max(64);
const words = (max: number) => z.string().trim().min(1).max(max);

export const DelegateTaskInput = z.strictObject({
  agent_id: name.describe('an agent of the project'),
  task_description: words(8000).describe(
    'the whole task, for somebody who knows nothing else: what is there, what is wanted, how it will be judged',
  ),
  context: words(8000)
    .optional()
    .describe(
      'what helps with it. Results of finished tasks that you name by their task_id are passed along',
    ),
});

export const CheckAgentStatusInput = z.strictObject({
  agent_id: name.optional().describe('left out: all of them'),
});

export const SendAgentMessageInput = z.strictObject({
  to_agent: name.describe('an agent that is at work, the task_id of its task, or `all`'),
  message: words(3000),
});

export const CreateSubAgentInput = z.strictObject({
  name: name.describe('a new one: a-z 0-9 . _ -'),
  role: z.string().max(20).describe('worker'),
  specialty: z
    .string()
    .max(40)
    .describe(`${Specialty.options.join(', ')}: lends the agent its tools`),
  system_prompt: words(3000).describe('who it is and how it works'),
  capabilities: z.array(words(64)).max(20).optional(),
  model: words(200).optional(),
});

/** The status that a boss gives its project. */
export const ProjectCompleteInput = z.strictObject({
  summary: words(100_000).describe('the complete result of the project, as its owner will read it'),
  status: z.enum(['completed', 'failed']),
});

/** Tools of an agent that leads: described here, carried out by its workflow. */
export const bossTools: readonly Tool[] = [
  {
    name: 'delegate_task',
    description:
      'Gives a task to an agent of the project. Returns at once: the agent works alongside you, and its result, its error and its reports reach you by themselves. Several calls in one turn are worked on in parallel.',
    input: DelegateTaskInput,
    risk: 'low',
    place: 'workflow',
  },
  {
    name: 'check_agent_status',
    description:
      'Says what the agents of the project are doing. There is no need to ask while you wait: news reaches you by itself.',
    input: CheckAgentStatusInput,
    risk: 'low',
    place: 'workflow',
  },
  {
    name: 'send_agent_message',
    description:
      'Writes to an agent that is at work, or to all. It reads the message on its next turn, and continues if it was waiting for you.',
    input: SendAgentMessageInput,
    risk: 'low',
    place: 'workflow',
  },
  {
    name: 'create_sub_agent',
    description:
      'Adds a worker to the project, with the tools of a specialty and a system prompt of yours. For when none of the existing ones fits, or one has failed.',
    input: CreateSubAgentInput,
    risk: 'low',
    place: 'workflow',
  },
  {
    name: 'project_complete',
    description:
      'Ends the project: completed with its result, or failed with the reason. Agents that are still at work are stopped. Call it once, alone.',
    input: ProjectCompleteInput,
    risk: 'low',
    place: 'workflow',
  },
];

/** Their names. */
export const BOSS_TOOLS: ReadonlySet<string> = new Set(bossTools.map((tool) => tool.name));
