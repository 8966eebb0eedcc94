import { JobMessage } from '../../contracts/message.ts';
import type { ApiDeps } from '../deps.ts';
import type { Sees } from '../endpoint.ts';
import { readEventPage } from '../events/source.ts';
import { findJob } from './find-job.ts';

/** Events of a journal that are looked through at once. */
const PAGE = 500;

/** What was said in a job, whole, and how to go on. */
export interface MessagePage {
  messages: JobMessage[];
  /** `after` of the next page: everything up to this `seq` was looked through */
  next_after: number;
}

/** The messages of a job's journal after a `seq`, oldest first. Throws `not_found` for a job that the caller does not see. */
export async function readMessages(
  deps: ApiDeps,
  sees: Sees,
  { job_id, after, limit }: { job_id: string; after: number; limit: number },
): Promise<MessagePage> {
  await findJob(deps, sees, job_id);
  const messages: JobMessage[] = [];
  let seen = after;
  while (messages.length < limit) {
    const { events } = await readEventPage(deps, job_id, seen, PAGE);
    for (const { type, seq, data } of events) {
      if (messages.length >= limit) break;
      seen = seq;
      if (type === 'message') messages.push(await whole(deps, JobMessage.parse(data)));
    }
    if (events.length < PAGE) break;
  }
  return { messages, next_after: seen };
}

async function whole(deps: ApiDeps, message: JobMessage): Promise<JobMessage> {
  const { content_ref } = message.metadata;
  if (content_ref === null) return message;
  return { ...message, content: (await deps.store.getContent(content_ref)).toString('utf8') };
}
