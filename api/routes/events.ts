import { z } from 'zod';
import { JobEvent } from '../../contracts/event.ts';
import { ID_PATTERN } from '../../contracts/names.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { lastEventId, position, wantsJson } from '../events/cursor.ts';
import { feedStream } from '../events/feed-stream.ts';
import { jobStream } from '../events/job-stream.ts';
import { type Followed, manyStream } from '../events/many-stream.ts';
import { readEventPage } from '../events/source.ts';
import { eventStream } from '../events/sse.ts';
import { findJob } from '../jobs/find-job.ts';
import { count } from '../request/query.ts';
import { jobParams } from './params.ts';

const EventList = z
  .object({ events: z.array(JobEvent), next_after: z.int().describe('`after` of the next page') })
  .meta({ id: 'EventList' });
const Feed = z
  .object({ events: z.array(JobEvent.extend({ position: z.int() })), next_after: z.int() })
  .meta({ id: 'Feed' });
const Stream = eventStream('`id`, `event` (its type), `data` (a JobEvent)');

/** Jobs that one stream may follow. */
const MAX_JOBS = 50;

const ONE = `${ID_PATTERN.source.slice(1, -1)}:\\d{1,15}`;
/** `j1:12,j2:0`: jobs, and the last `seq` that the client has of each. */
const followed = z
  .string()
  .regex(new RegExp(`^(${ONE}(,${ONE}){0,${MAX_JOBS - 1}})?$`), {
    error: `must be up to ${MAX_JOBS} times job_id:seq, with commas between them`,
  })
  .optional();

const toFollowed = (text: string): Followed[] =>
  text === ''
    ? []
    : text.split(',').map((one) => {
        const [job_id, after] = one.split(':') as [string, string];
        return { job_id, after: Number(after) };
      });

const limit = count(1, 500).default(100).describe('of a JSON page');
const headers = {
  Accept: '`application/json` for a page; server-sent events otherwise',
  'Last-Event-ID': 'the last id that was received; takes precedence over `after`',
};

/** `GET /orchestrate/{job_id}/events` and `GET /events`, as a stream or in pages */
export function eventRoutes(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/{job_id}/events',
      operation_id: 'jobEvents',
      tag: 'Events',
      summary: "The job's journal after a `seq`, live until the job closes",
      description:
        'The id of an event is its `seq`. Frames `event: note` without id are live lines and text; they may be lost.',
      params: jobParams,
      query: { after: position.default(0).describe('the last `seq` that was received'), limit },
      headers,
      answers: {
        200: { description: 'the events', schema: EventList, media: { 'text/event-stream': Stream } },
        204: { description: 'the job has closed, and you have all its events' },
      },
      errors: ['no_worker', 'temporal_unreachable'],
    },
    async (c, { params: { job_id }, query }) => {
      const where = (await findJob(deps, c.get('sees'), job_id)) ? 'archived' : 'live';
      const after = lastEventId(c) ?? query.after;
      if (!wantsJson(c)) return await jobStream(deps, job_id, after, { where });
      const { events } = await readEventPage(deps, job_id, after, query.limit, where);
      return c.json({ events, next_after: events.at(-1)?.seq ?? after });
    },
  );
  endpoint(
    api,
    {
      method: 'get',
      path: '/events',
      operation_id: 'feed',
      tag: 'Events',
      summary: 'The events of all your jobs after a position, live; of all jobs for an admin',
      description:
        'The id of an event is its `position`. Events come up to a second later than in their own job. With `jobs` the stream begins with `open`, whose id is the position, and in addition to the feed has, without ids, `job` (an event of one of these jobs), `note` (a live note of one) and `ended` (`{job_id}`: nothing more comes from it, or it does not exist).',
      query: {
        jobs: followed.describe('jobs to follow in the same stream, as `job_id:seq`, with commas'),
        after: z
          .union([z.literal('latest'), position], {
            error: 'must be a whole number of 0 or more, or latest',
          })
          .default(0)
          .describe('a position, or `latest`'),
        limit,
      },
      headers,
      answers: { 200: { description: 'the events', schema: Feed, media: { 'text/event-stream': Stream } } },
    },
    async (c, { query }) => {
      const owner = c.get('sees');
      const given = lastEventId(c) ?? query.after;
      const after = given === 'latest' ? await deps.store.lastPosition() : given;
      const { jobs } = query;
      if (jobs !== undefined && !wantsJson(c)) {
        return await manyStream(deps, owner, { after, jobs: toFollowed(jobs) });
      }
      if (!wantsJson(c)) return await feedStream(deps, owner, after);
      const entries = await deps.store.readFeed({ owner, after_position: after, limit: query.limit });
      const events = entries.map((entry) => ({ ...entry.event, position: entry.position }));
      return c.json({ events, next_after: events.at(-1)?.position ?? after });
    },
  );
}
