import { z } from 'zod';
import { MemberStatus } from '../../../contracts/job-agent.ts';
import { JobMessage } from '../../../contracts/message.ts';
import { Id } from '../../../contracts/plan.ts';
import { BudgetView, type JobListItem, type JobView } from '../../../contracts/view.ts';
import { ProjectStatus, projectStatus } from './words.ts';

const time = z.iso.datetime().nullable();

/** A project in a list. */
export const ProjectItem = z
  .object({
    id: Id,
    title: z.string(),
    status: ProjectStatus,
    needs_review: z.boolean().describe('it is paused because nothing of it can go on without a person'),
    reason: z.string().nullable().describe('why it failed, or what it waits for'),
    created_at: z.iso.datetime(),
    finished_at: time,
  })
  .meta({ id: 'ProjectItem' });

/** An agent of a project. */
export const ProjectAgent = z
  .object({
    agent_id: z.string(),
    role: z.enum(['boss', 'worker']),
    specialty: z.string().nullable(),
    status: MemberStatus,
    current_task: z
      .object({ task_id: z.string(), title: z.string() })
      .nullable()
      .describe('what it works on; null where it does not'),
    created: z.boolean().describe('the boss created it'),
  })
  .meta({ id: 'ProjectAgent' });

/** A project with its agents. */
export const Project = ProjectItem.extend({
  goal: z.string(),
  boss_agent: z.string().nullable(),
  agents: z.array(ProjectAgent),
  summary: z.string().nullable().describe('what came of it, once that is there'),
  budget: BudgetView,
  warnings: z.array(z.string()),
}).meta({ id: 'Project' });

/** A message of a project. */
export const ProjectMessage = z
  .object({ ...JobMessage.shape, project_id: Id })
  .meta({ id: 'ProjectMessage' });

/** What a view does not hold whole. */
export interface ProjectTexts {
  goal: string;
  summary: string | null;
}

/** A job that an agent leads, as a project. */
export function toProject(view: JobView, { goal, summary }: ProjectTexts): z.output<typeof Project> {
  const agents = view.agents ?? [];
  const titles = new Map(view.tasks.map(({ task_id, title }) => [task_id, title]));
  return {
    ...toProjectItem(view),
    reason: reasonOf(view.status, view.error?.message),
    goal,
    boss_agent: agents.find(({ role }) => role === 'boss')?.agent_id ?? null,
    agents: agents.map(({ agent_id, role, specialty, status, task_id, created }) => ({
      ...{ agent_id, role, specialty, status, created },
      current_task:
        status === 'working' && task_id !== null ? { task_id, title: titles.get(task_id) ?? task_id } : null,
    })),
    summary,
    budget: view.budget,
    warnings: view.warnings,
  };
}

/** A job of a list as a project of a list. */
export function toProjectItem(job: JobListItem | JobView): z.output<typeof ProjectItem> {
  const { job_id, title, status, created_at, finished_at } = job;
  return {
    id: job_id,
    title,
    status: projectStatus(status),
    needs_review: status === 'needs_review',
    reason: reasonOf(status),
    created_at,
    finished_at,
  };
}

/** A message of a job as one of a project. */
export const toProjectMessage = (
  project_id: string,
  message: JobMessage,
): z.output<typeof ProjectMessage> => ({ ...message, project_id });

function reasonOf(status: JobView['status'], why?: string): string | null {
  if (projectStatus(status) === 'failed') return why ?? status;
  return status === 'needs_review' ? (why ?? null) : null;
}
