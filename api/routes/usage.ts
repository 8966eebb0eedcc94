import { z } from 'zod';
import { ProblemError } from '../../contracts/error.ts';
import { UsageGroup, UsageReport, UsageSums } from '../../contracts/usage.ts';
import { totalUsage } from '../../core/money/usage.ts';
import type { Api } from '../access/caller.ts';
import type { ApiDeps } from '../deps.ts';
import { endpoint } from '../endpoint.ts';
import { CSV_MEDIA, csvAnswer, Format, wantsCsv } from '../request/csv.ts';
import { isHidden } from './params.ts';

/** A day, which is its first moment, or a time; both in UTC. */
const time = z
  .union([z.iso.date(), z.iso.datetime()], { error: 'must be a day (2026-01-31) or a time in ISO 8601' })
  .transform((text) => new Date(text).toISOString());

/** `GET /usage` */
export function usageRoute(api: Api, deps: ApiDeps): void {
  endpoint(
    api,
    {
      method: 'get',
      path: '/usage',
      operation_id: 'readUsage',
      tag: 'Money',
      summary: 'Usage and cost of your jobs',
      description:
        'Over the model calls of all your jobs (of everybody, for an admin), deleted ones too. JSON, or CSV with `format=csv` or `Accept: text/csv`. Costs of calls whose answer was lost are estimates, and are listed separately.',
      query: {
        from: time.optional().describe('calls that began then or later: a day or a time'),
        to: time.optional().describe('calls that began before'),
        group_by: UsageGroup.default('job'),
        owner: z.string().max(200).optional().describe('whose jobs; for all but admins others have none'),
        format: Format,
      },
      answers: { 200: { description: 'a row each', schema: UsageReport, media: CSV_MEDIA } },
    },
    async (c, { query: { from, to, group_by, owner, format } }) => {
      if (from !== undefined && to !== undefined && from >= to) throw emptyStretch();
      const sees = c.get('sees');
      const rows = isHidden(sees, owner)
        ? []
        : await deps.store.readUsage({ owner: sees ?? owner ?? null, group_by, from, to });
      if (wantsCsv(c, format)) {
        const fields = UsageSums.keyof().options;
        const cells = rows.map((row) => [row.key, ...fields.map((field) => row[field])]);
        return csvAnswer(`usage-by-${group_by}.csv`, [group_by, ...fields], cells);
      }
      c.header('Vary', 'Accept');
      return c.json({ from: from ?? null, to: to ?? null, group_by, rows, total: totalUsage(rows) });
    },
  );
}

function emptyStretch(): ProblemError {
  return new ProblemError({
    code: 'validation',
    message: 'The query is not valid: to must be later than from.',
    fields: [{ path: 'to', issue: 'must be later than from' }],
  });
}
