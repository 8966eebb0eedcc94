import { DatabaseSync } from 'node:sqlite';
import { CompiledQuery } from 'kysely';
import pg from 'pg';
import { beforeAll, expect, it, vi } from 'vitest';
import { isPostgres, openDatabase } from '../../store/database/database.ts';
import type { Db } from '../../store/database/schema.ts';
import { type JobsQuery, jobsQuery } from '../../store/jobs/list.ts';
import { until } from '../setup/until.ts';
import { onBothDatabases } from './databases.ts';
import { closedJob } from './samples.ts';

const JOBS = 4000;
const AT_ONCE = 500;

/** Every form that a page of the list can have, and the index that answers it. */
const PAGES: [string, Partial<JobsQuery>, string][] = [
  ['the first page', {}, 'jobs_newest'],
  ['a later page', { before: { created_at: '2026-01-01T00:30:00.000Z', job_id: 'x' } }, 'jobs_newest'],
  ['of a status', { statuses: ['needs_review'] }, 'jobs_status'],
  ['of an owner', { owner: 'bob' }, 'jobs_owner'],
  ['of an owner and a status', { owner: 'bob', statuses: ['running'] }, 'jobs_owner_status'],
  ['of a face', { owner: 'bob', face: 'plans' }, 'jobs_face'],
  ['of a face and statuses', { owner: 'bob', face: 'plans', statuses: ['failed', 'rejected'] }, 'jobs_face'],
  ['of those that are led', { strategy: 'boss' }, 'jobs_strategy'],
  ['of those of an owner that are led', { owner: 'bob', strategy: 'boss' }, 'jobs_strategy_owner'],
  ['a search', { search: 'nowhere' }, 'jobs_search'],
  ['a search with all else', { search: 'nowhere', owner: 'bob', statuses: ['failed'] }, 'jobs_search'],
];

const withoutSeqScans = <R>(db: Db, run: (on: Db) => Promise<R>): Promise<R> =>
  db.transaction().execute(async (transaction) => {
    await transaction.executeQuery(CompiledQuery.raw('set local enable_seqscan = off'));
    return run(transaction);
  });

onBothDatabases((place, store) => {
  let db: Db;

  beforeAll(async () => {
    const { view } = closedJob('x');
    for (let start = 0; start < JOBS; start += AT_ONCE) {
      const items = Array.from({ length: AT_ONCE }, (_, index) => {
        const n = start + index;
        return {
          ...{
            job_id: `j-${n}`,
            title: `Job ${n}`,
            stats: view.stats,
            budget: view.budget,
            finished_at: null,
          },
          owner: `owner-${n % 7}`,
          status: (['completed', 'failed', 'cancelled'] as const)[n % 3]!,
          created_at: new Date(Date.parse(view.created_at) + n * 1000).toISOString(),
        };
      });
      await store().addJobs(items);
    }
    const { database_url: url, sqlite_file } = place().options;
    db = openDatabase({ ...(url ? { url } : {}), sqlite_file });
    // what somebody on this server may still see is not vacuumed, and its index would not be read alone
    if (isPostgres(db))
      await until(isVacuumed, { timeoutMs: 60_000, what: 'the table to be vacuumed whole' });
    return () => db.destroy();
  });

  async function isVacuumed(): Promise<boolean> {
    await db.executeQuery(CompiledQuery.raw('vacuum analyze jobs'));
    const sizes = "select relpages, relallvisible from pg_class where oid = 'jobs'::regclass";
    const { rows } = await db.executeQuery<{ relpages: number; relallvisible: number }>(
      CompiledQuery.raw(sizes),
    );
    return rows[0]!.relpages > 0 && rows[0]!.relallvisible === rows[0]!.relpages;
  }

  it.each(PAGES)('%s is read by an index, in its order', async (_name, query, index) => {
    const { sql, parameters } = jobsQuery(db, { owner: null, limit: 51, ...query }).compile();
    const words = isPostgres(db) ? 'explain' : 'explain query plan';
    const explain = (on: Db) =>
      on.executeQuery<Record<string, string>>(CompiledQuery.raw(`${words} ${sql}`, [...parameters]));
    // a search that finds nothing looks at every job: whether in the table or in its index, PostgreSQL decides by how much
    // of the table was vacuumed. That the index can do it alone, and in order, is what is asked
    const isSearch = isPostgres(db) && query.search !== undefined;
    const { rows } = await (isSearch ? withoutSeqScans(db, explain) : explain(db));
    const plan = rows.map((row) => row.detail ?? row['QUERY PLAN']).join('\n');
    if (isPostgres(db)) {
      expect(plan).toMatch(/Index (Only )?Scan/);
      expect(plan).not.toMatch(/Seq Scan/);
      if (isSearch) expect(plan).toMatch(/Index Only Scan (Backward )?using jobs_search/);
      if (isSearch)
        expect(plan).not.toMatch(/Sort[^\n]*\n[^\n]*\n?[^\n]*Index Only Scan (Backward )?using jobs_search/);
      return;
    }
    expect(plan).toMatch(new RegExp(`USING (COVERING )?INDEX ${index}\\b`));
    if (query.search === undefined) expect(plan).not.toMatch(/TEMP B-TREE/);
    else expect(plan).toContain('COVERING');
  });

  it('takes one statement a page, however many jobs there are', async () => {
    await store().listJobs({ owner: null, limit: 1 });
    const prepared = vi.spyOn(DatabaseSync.prototype, 'prepare');
    const sent = vi.spyOn(pg.Client.prototype, 'query');
    try {
      for (const [, query] of PAGES) {
        prepared.mockClear();
        sent.mockClear();
        await store().listJobs({ owner: null, limit: 51, ...query });
        expect(prepared.mock.calls.length + sent.mock.calls.length).toBe(1);
      }
    } finally {
      prepared.mockRestore();
      sent.mockRestore();
    }
  });
});
