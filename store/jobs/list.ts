import { type SelectQueryBuilder, sql } from 'kysely';
import type { JobOrigin } from '../../contracts/spec.ts';
import type { JobStatus } from '../../contracts/status.ts';
import type { JobListItem } from '../../contracts/view.ts';
import { isPostgres, storable } from '../database/database.ts';
import type { Db, Schema } from '../database/schema.ts';
import { ITEM_COLUMNS, searched, toItem } from './rows.ts';

/** Where a page of the list begins: right after this job. */
export interface ListCursor {
  created_at: string;
  job_id: string;
}

/** Which jobs to list. */
export interface JobsQuery {
  /** whose jobs; null: everybody's */
  owner: string | null;
  /** only those with one of them */
  statuses?: readonly JobStatus[] | undefined;
  /** only those in whose title or id each of its words stands, in small or capital letters */
  search?: string | undefined;
  /** only those that an agent leads */
  strategy?: 'boss' | undefined;
  /** only those that were started there */
  face?: JobOrigin['face'] | undefined;
  before?: ListCursor | undefined;
  limit: number;
}

/**
 * A page of the list of jobs, open and closed, newest first by `created_at`, then by `job_id` downwards: one statement,
 * which reads an index in that order.
 */
export async function listJobs(db: Db, query: JobsQuery): Promise<JobListItem[]> {
  return (await jobsQuery(db, query).execute()).map(toItem);
}

/** The statement of {@link listJobs}. */
export function jobsQuery(db: Db, query: JobsQuery) {
  const words = searched(query.search ?? '')
    .split(/\s+/)
    .filter(Boolean);
  const page = newestFirst(db).select(ITEM_COLUMNS).limit(query.limit);
  if (words.length === 0) return after(filtered(page, query), query.before);
  return page.where('job_id', 'in', idsFound(db, query, words));
}

/**
 * The ids of a page of what is searched for. All that a search looks at is in one index, and it is to go through that, and
 * not through the rows of an index that has less of it: most of those it would read for nothing.
 */
function idsFound(db: Db, query: JobsQuery, words: readonly string[]) {
  const { limit, before, owner, statuses } = query;
  const matching = <S extends Where>(select: S) =>
    words.reduce((so_far, word) => so_far.where(containing(word)) as S, select);
  if (!isPostgres(db)) {
    // a text that is put together is no column that another index has
    let ids = after(newestFirst(db), before);
    if (owner !== null) ids = ids.where(sql<string>`owner || ''`, '=', owner);
    if (statuses) ids = ids.where(sql<string>`status || ''`, 'in', statuses);
    return matching(filtered(ids, { ...query, owner: null, statuses: undefined }))
      .select('job_id')
      .limit(limit);
  }
  // an offset keeps the planner from looking at the conditions before it has chosen the order
  const ordered = after(newestFirst(db), before).select(SEARCHED).offset(0);
  const rows = db.selectFrom(ordered.as('jobs')).orderBy('created_at', 'desc').orderBy('job_id', 'desc');
  return matching(filtered(rows as Where, query))
    .select('job_id')
    .limit(limit);
}

/** What is looked at of a row: `face` and `strategy` are not in the index of searches, and seldom asked for with words. */
const SEARCHED = ['created_at', 'job_id', 'owner', 'status', 'search', 'face', 'strategy'] as const;

type Where = SelectQueryBuilder<Schema, 'jobs', object>;

const newestFirst = (db: Db) => db.selectFrom('jobs').orderBy('created_at', 'desc').orderBy('job_id', 'desc');

function after<S extends Where>(select: S, before: ListCursor | undefined): S {
  if (!before) return select;
  const { created_at, job_id } = before;
  return select.where(({ eb, refTuple, tuple }) =>
    eb(refTuple('created_at', 'job_id'), '<', tuple(storable(created_at), storable(job_id))),
  ) as S;
}

function filtered<S extends Where>(select: S, { owner, statuses, strategy, face }: JobsQuery): S {
  let rows: Where = select;
  if (owner !== null) rows = rows.where('owner', '=', owner);
  if (statuses) rows = rows.where('status', 'in', statuses);
  if (strategy) rows = rows.where('strategy', '=', strategy);
  if (face) rows = rows.where('face', '=', face);
  return rows as S;
}

const containing = (word: string) =>
  sql<boolean>`search like ${`%${word.replaceAll(/[\\%_]/g, '\\$&')}%`} escape '\\'`;
