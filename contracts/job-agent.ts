import { z } from 'zod';
import { ID_PATTERN } from './names.ts';
import { ToolPattern } from './tool.ts';

/** What agents of a project are good at: each is the name of an agent of the roster, which lends tools and prompt. */
export const Specialty = z
  .enum(['coder', 'researcher', 'designer', 'communicator', 'security', 'general'])
  .meta({ id: 'Specialty' });
export type Specialty = z.infer<typeof Specialty>;

/** boss: leads the project; worker: does what the boss delegates to it. */
export const AgentRole = z.enum(['boss', 'worker']).meta({ id: 'AgentRole' });
export type AgentRole = z.infer<typeof AgentRole>;

const text = (max: number) => z.string().trim().min(1, 'must not be empty').max(max);

/**
 * An agent of one job. With the name of an agent of the roster it is that one, with what is said here instead; else
 * it is made of the agent that its specialty names. Its tools are those of that agent, or fewer.
 */
export const JobAgent = z
  .strictObject({
    agent_id: z
      .string()
      .regex(ID_PATTERN, 'use 1 to 64 of a-z 0-9 . _ - and begin with a letter or digit')
      .describe('its name in the job'),
    role: AgentRole.describe('boss: leads the job; worker: does what it is given'),
    specialty: Specialty.default('general').describe('whose tools and prompt it has'),
    model: text(200).optional().describe('may name its provider too, as in openai/gpt-5-mini'),
    system_prompt: text(50_000).optional().describe('replaces that of its roster agent'),
    capabilities: z
      .array(text(64))
      .max(20)
      .optional()
      .describe('what tasks may ask for; left out: those of its roster agent'),
    tools: z
      .array(ToolPattern)
      .max(100)
      .optional()
      .describe('names or patterns of tools, among those its roster agent has; left out: all of them'),
  })
  .meta({ id: 'JobAgent' });
export type JobAgent = z.infer<typeof JobAgent>;

/** The same, as a job carries it. */
export interface OwnAgent extends JobAgent {
  /** the boss created it; left out: it was submitted */
  created?: true;
  /** artifact with its prompt, where that is too long to be carried */
  system_prompt_ref?: string;
}

/** The most agents that a submission may name. */
export const MAX_JOB_AGENTS = 50;

/** What an agent of a project is doing. */
export const MemberStatus = z.enum(['idle', 'working', 'done', 'error']).meta({ id: 'MemberStatus' });
export type MemberStatus = z.infer<typeof MemberStatus>;

/** An agent of a project, as shown in its job. */
export const MemberView = z
  .object({
    agent_id: z.string(),
    role: AgentRole,
    specialty: z.string().nullable(),
    status: MemberStatus.describe(
      'idle: nothing was delegated to it yet, or its latest task was cancelled or skipped; working: on the task named; done, error: how its latest task ended',
    ),
    task_id: z.string().nullable().describe('the task that it works on, else its latest; null: none yet'),
    created: z.boolean().describe('the boss created it'),
  })
  .meta({ id: 'Member' });
export type MemberView = z.infer<typeof MemberView>;

/** An agent to which a boss can delegate, as described to the boss. */
export interface Member {
  agent_id: string;
  specialty: string | null;
  description: string;
}
