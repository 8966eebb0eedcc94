import { ProblemError } from '../../contracts/error.ts';
import type { Ctx } from '../access/caller.ts';
import { count } from '../request/query.ts';

/** Where a reader stands, as a parameter of a query. */
export const position = count(0, Number.MAX_SAFE_INTEGER);

/** Whether a page is wanted instead of a stream. */
export function wantsJson(c: Ctx): boolean {
  const accept = c.req.header('accept') ?? '';
  return accept.includes('application/json') && !accept.includes('text/event-stream');
}

/** The id of the last event that the client has; throws `validation` for one that was never given. */
export function lastEventId(c: Ctx): number | undefined {
  const header = c.req.header('last-event-id');
  if (header === undefined || header === '') return undefined;
  const parsed = position.safeParse(header);
  if (parsed.success) return parsed.data;
  throw new ProblemError({
    code: 'validation',
    message: 'Last-Event-ID is not valid.',
    fields: [{ path: 'Last-Event-ID', issue: 'must be an id that was received here' }],
  });
}
