import type { JobEvent } from '../../contracts/event.ts';
import type { ApiDeps } from '../deps.ts';
import { isWorkflowGone } from '../gateway/index.ts';

/** Events of a job with `seq` > `after`, in order and without gaps. */
export interface EventPage {
  events: JobEvent[];
  /** the job has closed, and nothing comes after these */
  closed: boolean;
  /** of the last event that there is */
  last_seq: number;
}

/** Where a job is, as far as it is known: `live` may be over by now. */
export type JobLocation = 'live' | 'archived' | 'unknown';

/**
 * Reads a page of a job's journal: of its workflow as long as that has the events, else of the database, which has
 * all those that the workflow has let go of, and everything of a job in the archive. The archive is looked into where
 * nobody knows that the job is live.
 */
export async function readEventPage(
  deps: ApiDeps,
  job_id: string,
  after: number,
  limit: number,
  where: JobLocation = 'unknown',
): Promise<EventPage> {
  const closed = where === 'archived' || (where === 'unknown' && (await isArchived(deps, job_id)));
  if (closed) return await readArchivedEvents(deps, job_id, after, limit);
  try {
    const page = await deps.gateway.queryJob(job_id, 'events', { after, limit });
    if (after + 1 < page.first_seq) {
      const events = await contiguous(deps, job_id, after, limit);
      return { events, closed: false, last_seq: page.last_seq };
    }
    const { events, last_seq } = page;
    return { events, closed: page.closed && (events.at(-1)?.seq ?? after) >= last_seq, last_seq };
  } catch (error) {
    if (!(await isArchived(deps, job_id))) {
      // deleted meanwhile: there is nothing more to come
      if (isWorkflowGone(error)) return { events: [], closed: true, last_seq: after };
      throw error;
    }
  }
  return await readArchivedEvents(deps, job_id, after, limit);
}

const PAGE = 500;

/** All events of a job by now, in order, read page after page. */
export async function* allEvents(deps: ApiDeps, job_id: string): AsyncGenerator<JobEvent, void> {
  for (let after = 0; ; ) {
    const { events } = await readEventPage(deps, job_id, after, PAGE);
    yield* events;
    if (events.length < PAGE) return;
    after = events.at(-1)!.seq;
  }
}

const isArchived = async (deps: ApiDeps, job_id: string): Promise<boolean> =>
  (await deps.store.archivedAmong([job_id])).has(job_id);

async function readArchivedEvents(
  deps: ApiDeps,
  job_id: string,
  after: number,
  limit: number,
): Promise<EventPage> {
  const events = await contiguous(deps, job_id, after, limit);
  const last_seq = (await deps.store.lastSeq(job_id)) ?? 0;
  return { events, closed: (events.at(-1)?.seq ?? after) >= last_seq, last_seq };
}

/** What the database has, up to the first gap: batches are written side by side. */
async function contiguous(deps: ApiDeps, job_id: string, after: number, limit: number): Promise<JobEvent[]> {
  const events = await deps.store.readEvents(job_id, after, limit);
  const gap = events.findIndex((event, index) => event.seq !== after + 1 + index);
  return gap === -1 ? events : events.slice(0, gap);
}
