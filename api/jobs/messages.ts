import { PREVIEW_CHARS } from '../../contracts/artifact.ts';
import type { CommandAnswer, MessageBody } from '../../contracts/command.ts';
import { JobMessage, MESSAGE_BYTES } from '../../contracts/message.ts';
import type { Ctx, Sees } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { readEventPage } from '../events/source.ts';
import { command } from './command.ts';
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

/**
 * Writes to agents of a job for the caller, under the request's `Idempotency-Key` where it has one; a long content goes
 * by reference. Throws what the command `send_message` is refused with.
 */
export async function sendMessage(
  deps: ApiDeps,
  c: Ctx,
  job_id: string,
  body: MessageBody,
): Promise<CommandAnswer> {
  // nothing is stored for a job that is somebody else's or has ended
  const closed = await findJob(deps, c.get('sees'), job_id);
  const args = closed ? { ...body, content: beginning(body.content) } : await byReference(deps, job_id, body);
  return await command(deps, c, job_id, 'send_message', args, body);
}

/** A message with its whole content, also where the journal has the beginning of it only. */
export async function whole(deps: ApiDeps, message: JobMessage): Promise<JobMessage> {
  const { content_ref } = message.metadata;
  if (content_ref === null) return message;
  return { ...message, content: (await deps.store.getContent(content_ref)).toString('utf8') };
}

/** A long content is stored; the job gets its beginning. */
async function byReference(deps: ApiDeps, job_id: string, body: MessageBody) {
  if (Buffer.byteLength(body.content) <= MESSAGE_BYTES) return body;
  const { sha256 } = await deps.store.putContent({ job_id, source: body.content });
  return { ...body, content: beginning(body.content), content_ref: sha256 };
}

const beginning = (content: string): string => content.slice(0, PREVIEW_CHARS).toWellFormed();
