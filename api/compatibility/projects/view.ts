import { z } from 'zod';
import { MemberStatus } from '../../../contracts/job-agent.ts';
import { JobMessage } from '../../../contracts/message.ts';
import { Id } from '../../../contracts/plan.ts';
import { BudgetView, type JobListItem, type JobView, type TeamView } from '../../../contracts/view.ts';
import { teamOf } from '../../../core/boss/team.ts';
import { ProjectStatus, projectStatus } from './words.ts';

const time = z.iso.datetime().nullable();

/** A project in a list. */
export const ProjectItem = z
  .object({
    id: Id,
    title: z.string(),
    status: ProjectStatus,
    needs_review: z.boolean().describe('it is paused because nothing in it can continue without a person'),
    reason: z.string().nullable().describe('why it failed, or what it waits for'),
    boss_agent: z.string().nullable().describe('who leads it; null: not known yet'),
    workers: z.array(z.string()).describe('who works for it, by their ids'),
    budget: BudgetView,
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
      .describe('what it is working on; null: nothing'),
    load: z.int().describe('its tasks that are running or waiting to run'),
    completed: z.int().describe('tasks that it has completed'),
    failed: z.int().describe('its tasks that failed or are blocked'),
    created: z.boolean().describe('the boss created it'),
  })
  .meta({ id: 'ProjectAgent' });

/** A project with its agents. */
export const Project = ProjectItem.extend({
  goal: z.string(),
  agents: z.array(ProjectAgent),
  summary: z.string().nullable().describe('the result, once there is one'),
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
    ...toProjectItem(view, teamOf(agents)),
    reason: reasonOf(view.status, view.error?.message),
    goal,
    agents: agents.map(({ agent_id, role, specialty, status, task_id, created }) => ({
      ...{ agent_id, role, specialty, status, created },
      current_task:
        status === 'working' && task_id !== null ? { task_id, title: titles.get(task_id) ?? task_id } : null,
      ...countsOf(view.tasks.filter(({ agent }) => agent === agent_id)),
    })),
    summary,
    warnings: view.warnings,
  };
}

/**
 * A job of a list as a project of a list.
 * @param team who belongs to it, where that is known
 */
export function toProjectItem(
  job: JobListItem | JobView,
  team: TeamView | undefined,
): z.output<typeof ProjectItem> {
  const { job_id, title, status, budget, created_at, finished_at } = job;
  return {
    id: job_id,
    title,
    status: projectStatus(status),
    needs_review: status === 'needs_review',
    reason: reasonOf(status, 'reason' in job ? job.reason : undefined),
    boss_agent: team?.boss_agent ?? null,
    workers: team?.workers ?? [],
    budget,
    created_at,
    finished_at,
  };
}

/** A message of a job as one of a project. */
export const toProjectMessage = (
  project_id: string,
  message: JobMessage,
): z.output<typeof ProjectMessage> => ({ ...message, project_id });

function countsOf(tasks: JobView['tasks']): { load: number; completed: number; failed: number } {
  const count = (...of: JobView['tasks'][number]['status'][]) =>
    tasks.filter(({ status }) => of.includes(status)).length;
  return {
    load: count('pending', 'awaiting_approval', 'running'),
    completed: count('completed'),
    failed: count('failed', 'blocked'),
  };
}

function reasonOf(status: JobView['status'], why?: string | null): string | null {
  if (projectStatus(status) === 'failed') return why ?? status;
  return status === 'needs_review' ? (why ?? null) : null;
}
