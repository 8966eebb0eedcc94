import { z } from 'zod';
import { Block } from '../../contracts/conversation.ts';
import { ProblemError } from '../../contracts/error.ts';
import { readTranscript } from '../../store/content/conversations.ts';
import type { Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { notFound } from '../errors.ts';
import { readView } from './view.ts';

/** A page of an agent's conversation. What a provider keeps for itself (thinking, signatures) is left out. */
export const Transcript = z
  .object({
    task_id: z.string(),
    agent: z.string().nullable(),
    messages: z.array(
      z.object({
        number: z.int().describe('from 1'),
        role: z
          .enum(['user', 'assistant'])
          .describe('user: results of tools, and what the orchestrator said'),
        content: z.array(Block),
      }),
    ),
    next_after: z.int().nullable().describe('for the next page; null at the end'),
  })
  .meta({ id: 'Transcript' });
type Transcript = z.infer<typeof Transcript>;

/** What the agent of a task said, in its latest attempt. Throws `not_found` for the job or the task. */
export async function readTaskTranscript(
  deps: ApiDeps,
  sees: Sees,
  query: { job_id: string; task_id: string; after: number; limit: number },
): Promise<Transcript> {
  const { job_id, task_id, after, limit } = query;
  const view = await readView(deps, sees, job_id);
  const task = view.tasks.find((one) => one.task_id === task_id);
  if (task === undefined) notFound(`task '${task_id}' in this job`);
  const live = task.status === 'running' ? await liveConversation(deps, job_id, task_id) : null;
  const all = await readTranscript(deps.store, live ?? task.conversation);
  const messages = all.slice(after, after + limit).map(({ role, content }, index) => ({
    number: after + index + 1,
    role,
    content: content.filter(({ type }) => type !== 'opaque'),
  }));
  const next = after + messages.length;
  return { task_id, agent: task.agent, messages, next_after: next < all.length ? next : null };
}

/** Null when the task has just ended, or nobody can tell: then what the job knows is shown. */
async function liveConversation(deps: ApiDeps, job_id: string, task_id: string): Promise<string | null> {
  try {
    return await deps.gateway.queryConversation(job_id, task_id);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code !== 'no_worker') throw error;
    return null;
  }
}
