import { z } from 'zod';
import { JobStatus } from '../../contracts/status.ts';
import { JobListItem } from '../../contracts/view.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { decodeCursor, encodeCursor } from '../jobs/cursor.ts';
import { count } from '../request/query.ts';
import { isHidden } from './params.ts';

const JobList = z
  .object({ jobs: z.array(JobListItem), next_cursor: z.string().nullable().describe('null: no more') })
  .meta({ id: 'JobList' });

/** `GET /orchestrate/jobs` */
export function listRoute(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/orchestrate/jobs',
      operation_id: 'listJobs',
      tag: 'Jobs',
      summary: 'Your jobs, open and closed, newest first; all jobs for an admin',
      query: {
        status: JobStatus.optional(),
        q: z
          .string()
          .max(200)
          .optional()
          .describe('words; only jobs whose title or id contains each of them, ignoring case'),
        owner: z.string().max(200).optional().describe('whose jobs; for all but admins others have none'),
        limit: count(1, 500).default(50),
        cursor: z.string().max(400).optional().describe('`next_cursor` of the page before'),
      },
      answers: { 200: { description: 'a page', schema: JobList } },
    },
    async (c, { query: { status, q: search, owner, limit, cursor } }) => {
      const before = cursor === undefined ? undefined : decodeCursor(cursor);
      const sees = c.get('sees');
      if (isHidden(sees, owner)) return c.json({ jobs: [], next_cursor: null });
      const query = { owner: sees ?? owner ?? null, search, before, limit: limit + 1 };
      const jobs = await deps.store.listJobs({ ...query, ...(status ? { statuses: [status] } : {}) });
      const page = jobs.slice(0, limit);
      const last = jobs.length > limit ? page.at(-1) : undefined;
      return c.json({ jobs: page, next_cursor: last ? encodeCursor(last) : null });
    },
  );
}
