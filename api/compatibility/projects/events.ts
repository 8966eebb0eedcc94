import { z } from 'zod';
import type { EventType, JobEvent } from '../../../contracts/event.ts';
import { MemberStatus } from '../../../contracts/job-agent.ts';
import { JobMessage } from '../../../contracts/message.ts';
import type { Sees } from '../../access/caller.ts';
import type { ApiDeps } from '../../deps.ts';
import type { Frame } from '../../events/sse.ts';
import { whole } from '../../jobs/messages.ts';
import { readView } from '../../jobs/view.ts';
import { toProjectMessage } from './view.ts';
import { ProjectStatus, projectStatus, statusAfter } from './words.ts';

/** `data` of an event `status`. */
export const StatusNews = z
  .object({
    project_id: z.string(),
    status: ProjectStatus,
    needs_review: z.boolean(),
    reason: z.string().nullable(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'ProjectStatusNews' });

/** `data` of an event `agent`. */
export const AgentNews = z
  .object({
    project_id: z.string(),
    agent_id: z.string(),
    status: MemberStatus,
    task_id: z.string(),
    at: z.iso.datetime(),
  })
  .meta({ id: 'ProjectAgentNews' });

/**
 * Translates events of a project's job to the words of this API: `status`, `agent`, `message`. Anything else is passed
 * over.
 */
export function projectFrames(
  deps: ApiDeps,
  sees: Sees,
  project_id: string,
): (event: JobEvent) => Promise<Frame[]> {
  let agents = new Map<string, string>();
  /** the last status that was said is that a person is needed, and nothing says that one has come but the next task */
  let inReview = false;
  const agentOf = async (task_id: string): Promise<string | undefined> => {
    if (!agents.has(task_id)) {
      const { tasks } = await readView(deps, sees, project_id);
      agents = new Map(tasks.flatMap((task) => (task.agent ? [[task.task_id, task.agent]] : [])));
    }
    return agents.get(task_id);
  };
  return async ({ type, at, data, task_id }) => {
    if (type === 'message') {
      const message = JobMessage.parse(data);
      // of a project that was deleted meanwhile there is the beginning yet
      const said = await whole(deps, message).catch(() => message);
      return [{ event: 'message', data: toProjectMessage(project_id, said) }];
    }
    const job = statusAfter(type);
    if (job !== null) {
      inReview = job === 'needs_review';
      return [{ event: 'status', data: statusNews(project_id, job, at, data) }];
    }
    const status = AGENT_STATUS[type];
    if (status === undefined || task_id === undefined) return [];
    const frames: Frame[] = [];
    if (inReview && status === 'working') {
      inReview = false;
      frames.push({ event: 'status', data: statusNews(project_id, 'running', at, {}) });
    }
    const agent_id = await agentOf(task_id).catch(() => undefined);
    if (agent_id === undefined) return frames;
    const news: z.output<typeof AgentNews> = { project_id, agent_id, status, task_id, at };
    return [...frames, { event: 'agent', data: news }];
  };
}

const AGENT_STATUS: Partial<Record<EventType, z.output<typeof MemberStatus>>> = {
  'task.started': 'working',
  'task.completed': 'done',
  'task.failed': 'error',
  'task.cancelled': 'idle',
  'task.skipped': 'idle',
};

function statusNews(
  project_id: string,
  job: NonNullable<ReturnType<typeof statusAfter>>,
  at: string,
  data: JobEvent['data'],
): z.output<typeof StatusNews> {
  const status = projectStatus(job);
  const needs_review = job === 'needs_review';
  const said = Reason.safeParse(data).data;
  const why = said?.message ?? said?.reason ?? job;
  return { project_id, status, needs_review, reason: status === 'failed' || needs_review ? why : null, at };
}

/** What an event may say of why. */
const Reason = z.object({ reason: z.string().optional(), message: z.string().optional() });
