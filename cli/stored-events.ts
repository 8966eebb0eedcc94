import { jsonOf } from '../client/client.ts';
import type { JobEvent } from '../contracts/event.ts';
import type { Context } from './context.ts';

/** Events of a request; the service gives no more. */
const PAGE = 500;

/**
 * What the journal of a job, or of all jobs, holds after a number by now. It is read page after page, so that any number
 * of events takes the memory of one page.
 */
export async function* storedEvents(
  context: Context,
  job_id: string | undefined,
  from: number,
): AsyncGenerator<JobEvent, void> {
  for (let after = from; ; ) {
    const { events, next_after } = await readPage(context, job_id, after);
    yield* events;
    if (events.length < PAGE) return;
    after = next_after;
  }
}

async function readPage({ api }: Context, job_id: string | undefined, after: number) {
  const query = { after, limit: PAGE };
  const header = { Accept: 'application/json' };
  const headers = { accept: 'application/json' };
  if (job_id === undefined) return await jsonOf(api.GET('/events', { params: { query, header }, headers }));
  const path = { job_id };
  return await jsonOf(api.GET('/orchestrate/{job_id}/events', { params: { path, query, header }, headers }));
}
